#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What libFuzzer calls with every input it made. `THALAMUS_FUZZ_TARGET` names the subject.
@_cdecl("LLVMFuzzerTestOneInput") public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    FuzzTarget.chosen.run(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

/// One subject of fuzzing: takes any bytes, and traps when the code under test breaks a promise.
struct FuzzTarget: Sendable {
    let name: String
    let run: @Sendable ([UInt8]) -> Void

    static let all = [
        FuzzTarget(name: "request", run: RequestFuzzer.run),
        FuzzTarget(name: "http2", run: RequestFuzzer.runHTTP2),
        FuzzTarget(name: "response", run: ResponseFuzzer.run),
        FuzzTarget(name: "http2-response", run: HTTP2ResponseFuzzer.run),
        FuzzTarget(name: "events", run: EventStreamFuzzer.run),
        FuzzTarget(name: "coding", run: CodingFuzzer.run),
        FuzzTarget(name: "origin", run: OriginFuzzer.run),
        FuzzTarget(name: "json", run: JSONFuzzer.run),
    ]

    static let chosen: FuzzTarget = {
        let name = getenv("THALAMUS_FUZZ_TARGET").map { String(cString: $0) } ?? ""
        guard let target = all.first(where: { $0.name == name }) else {
            fatalError("THALAMUS_FUZZ_TARGET is none of \(all.map(\.name).joined(separator: ", "))")
        }
        return target
    }()
}

/// Ends the process when `first` and `second` differ: libFuzzer keeps the input.
func expectEqual<T: Equatable>(_ first: T, _ second: T, _ message: String) {
    if first != second { fatalError("\(message)\n--- one\n\(first)\n--- other\n\(second)") }
}

func expect(_ isSo: Bool, _ message: @autoclosure () -> String) {
    if !isSo { fatalError(message()) }
}
