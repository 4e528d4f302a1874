import JSON
import Substrate

extension RPCMethods {
    /// Keys that one call may ask for.
    private static let maximumKeys = 1_000

    static let state: [String: Method] = [
        "state_call": stateCall,
        "state_callAt": stateCall,
        "state_getMetadata": { _, chain, writer throws(RPCError) in
            writer.bytes(chain.runtime.encodedMetadata)
        },
        "state_getRuntimeVersion": runtimeVersion,
        "chain_getRuntimeVersion": runtimeVersion,
        "state_getStorage": getStorage,
        "state_getStorageAt": getStorage,
        "state_queryStorageAt": { parameters, chain, writer throws(RPCError) in
            let keys = try parameters.byteStrings(0, "the keys")
            guard keys.count <= maximumKeys else { throw .invalidParameters("over \(maximumKeys) keys") }
            let (block, snapshot) = try snapshot(parameters, 1, chain)
            writer.beginArray()
            writer.storageChanges(keys, snapshot, block: block)
            writer.endArray()
        },
        "state_getKeys": { parameters, chain, writer throws(RPCError) in
            let prefix = try parameters.bytes(0, "the prefix")
            let (_, snapshot) = try snapshot(parameters, 1, chain)
            writer.beginArray()
            for key in snapshot.keys(withPrefix: prefix) { writer.bytes(key) }
            writer.endArray()
        },
        "state_getKeysPaged": keysPaged,
        "state_getKeysPagedAt": keysPaged,
    ]

    private static let runtimeVersion: Method = { parameters, chain, writer throws(RPCError) in
        guard try block(parameters, 0, chain) != nil else {
            throw .unknownBlock(parameters[0]?.string ?? "")
        }
        writer.runtimeVersion()
    }

    private static let getStorage: Method = { parameters, chain, writer throws(RPCError) in
        let key = try parameters.bytes(0, "the key")
        let (_, snapshot) = try snapshot(parameters, 1, chain)
        writer.bytes(snapshot.bytes(at: key))
    }

    private static let keysPaged: Method = { parameters, chain, writer throws(RPCError) in
        let prefix = try parameters.bytes(0, "the prefix")
        guard let count = parameters[1]?.int, (0...maximumKeys).contains(count) else {
            throw .invalidParameters("the count is not within 0...\(maximumKeys)")
        }
        let start = parameters[2] == nil ? nil : try parameters.bytes(2, "the start key")
        let (_, snapshot) = try snapshot(parameters, 3, chain)
        let keys = snapshot.keys(withPrefix: prefix).drop { key in
            start.map { !$0.lexicographicallyPrecedes(key) } ?? false
        }
        writer.beginArray()
        for key in keys.prefix(count) { writer.bytes(key) }
        writer.endArray()
    }

    private static let stateCall: Method = { parameters, chain, writer throws(RPCError) in
        let name = try parameters.text(0, "the method")
        guard let method = chain.runtime.methods[name] else { throw .methodFailed(name) }
        let arguments = parameters[1] == nil ? [] : try parameters.bytes(1, "the arguments")
        let (_, snapshot) = try snapshot(parameters, 2, chain)
        var decoder = ScaleDecoder(arguments)
        var encoder = ScaleEncoder(capacity: 4_096)
        do {
            try method.answer(.init(state: snapshot, runtime: chain.runtime), &decoder, &encoder)
        } catch {
            throw .callFailed("Bad input data provided to \(method.name): \(error)")
        }
        writer.bytes(encoder.bytes)
    }
}
