import NIOCore
import NIOHTTP1

/// Encoders that one loop's answers take turns with: making one costs more than a small answer.
final class EncoderPool {
    private var idle: [ContentCoding: ContentEncoder] = [:]

    func take(_ coding: ContentCoding) -> ContentEncoder? {
        idle.removeValue(forKey: coding) ?? ContentEncoder(coding)
    }

    /// - Parameter encoder: whose stream was finished.
    func give(_ encoder: ContentEncoder) {
        idle[encoder.coding] = encoder
    }
}

/// Compresses one answer, if it gains by it. Used on its connection's loop.
struct ResponseCompression {
    /// So much is compressed at once, so that other requests on the loop get their turn.
    private static let sliceBytes = 128 * 1_024

    /// The request's field; read only for an answer that may be compressed.
    let acceptEncoding: String?
    let minimumBytes: Int
    let pool: EncoderPool

    /// Compresses a whole body, and says so in the fields.
    ///
    /// - Returns: nil when it goes out as it is.
    func compress(
        _ body: ByteBuffer, status: HTTPResponseStatus, headers: inout HTTPHeaders
    ) async -> ByteBuffer? {
        guard body.readableBytes >= minimumBytes, mayCompress(status, headers) else { return nil }
        Self.vary(&headers)
        guard let encoder = takeEncoder() else { return nil }
        var rest = body
        var compressed = ByteBuffer()
        do {
            while rest.readableBytes > Self.sliceBytes, let slice = rest.readSlice(length: Self.sliceBytes) {
                compressed.writeImmutableBuffer(try encoder.flush(slice))
                await Task.yield()
            }
            var last = try encoder.finish(rest)
            if compressed.readableBytes == 0 { compressed = last } else { compressed.writeBuffer(&last) }
        } catch {
            return nil
        }
        pool.give(encoder)
        Self.encoded(as: encoder.coding, &headers)
        return compressed
    }

    /// The encoder of a streamed body, named in the fields; nil when it goes out as it is.
    ///
    /// Event streams are not compressed: each would hold an encoder's memory for as long as it lasts.
    func encoder(status: HTTPResponseStatus, headers: inout HTTPHeaders) -> ContentEncoder? {
        guard mayCompress(status, headers) else { return nil }
        Self.vary(&headers)
        guard let encoder = takeEncoder() else { return nil }
        Self.encoded(as: encoder.coding, &headers)
        return encoder
    }

    private func takeEncoder() -> ContentEncoder? {
        let coding = ContentNegotiation.coding(accepting: acceptEncoding)
        return coding == .identity ? nil : pool.take(coding)
    }

    private func mayCompress(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) -> Bool {
        guard status.mayHaveResponseBody, status != .partialContent, !headers.contains(name: "content-encoding"),
            let type = headers.first(name: "content-type")
        else { return false }
        if let control = headers.first(name: "cache-control"), control.contains("no-transform") { return false }
        return Self.isText(type)
    }

    private static func isText(_ type: String) -> Bool {
        let name = HTTPSyntax.trimmed(String(type.prefix { $0 != ";" })).lowercased()
        if name == "text/event-stream" { return false }
        return name.hasPrefix("text/") || name.hasSuffix("json") || name.hasSuffix("xml")
            || ["application/javascript", "application/yaml", "image/svg+xml"].contains(name)
    }

    /// A strong validator names bytes, which are others now (RFC 9110, section 8.8.1).
    private static func encoded(as coding: ContentCoding, _ headers: inout HTTPHeaders) {
        headers.add(name: "content-encoding", value: coding.rawValue)
        if let tag = headers.first(name: "etag"), !tag.hasPrefix("W/") {
            headers.replaceOrAdd(name: "etag", value: "W/" + tag)
        }
    }

    /// Caches must tell the forms apart (RFC 9110, section 12.5.5).
    private static func vary(_ headers: inout HTTPHeaders) {
        headers.add(name: "vary", value: "accept-encoding")
    }
}

extension ServerLoop {
    /// How an answer to a request with this `accept-encoding` is compressed; nil when answers are not.
    func compression(accepting acceptEncoding: String?) -> ResponseCompression? {
        guard shared.configuration.compresses else { return nil }
        return ResponseCompression(
            acceptEncoding: acceptEncoding, minimumBytes: shared.configuration.minimumCompressedBytes, pool: encoders)
    }
}
