// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] =
    [.swiftLanguageMode(.v6)]
    + [
        "ExistentialAny", "MemberImportVisibility", "InternalImportsByDefault", "NonisolatedNonsendingByDefault",
    ].map { .enableUpcomingFeature($0) }

func nio(_ name: String) -> Target.Dependency { .product(name: name, package: "swift-nio") }
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

/// One library target of ours and, beside it, its tests.
func subject(_ name: String, _ dependencies: [Target.Dependency] = [], tests: [Target.Dependency] = []) -> [Target] {
    [
        .target(name: name, dependencies: dependencies, swiftSettings: settings),
        .testTarget(
            name: name + "Tests", dependencies: [.target(name: name)] + dependencies + tests, swiftSettings: settings),
    ]
}

/// One C library of the system, found by pkg-config.
func system(_ name: String, _ pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let package = Package(
    name: "thalamus",
    products: [.executable(name: "thalamus", targets: ["thalamus"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Layer 0: the system's C libraries.
        system("CSodium", "libsodium", apt: "libsodium-dev"),
        system("CPQ", "libpq", apt: "libpq-dev"),
        system("COpenSSL", "openssl", apt: "libssl-dev"),
        system("CNGHTTP2", "libnghttp2", apt: "libnghttp2-dev"),
        system("CZlib", "zlib", apt: "zlib1g-dev"),
        system("CBrotli", "libbrotlienc", apt: "libbrotli-dev"),
        system("CZstd", "libzstd", apt: "libzstd-dev"),
    ]
        // Layer 1
        + subject("JSON", [nio("NIOCore")])
        + subject("Signing", ["CSodium"])
        + subject("Postgres", ["CPQ", logging])
        + subject(
            "HTTPTransport",
            [
                "COpenSSL", "CNGHTTP2", "CZlib", "CBrotli", "CZstd", nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"),
                nio("NIOWebSocket"), logging,
            ], tests: [nio("NIOEmbedded"), "HTTPTestClient"])
        // Layer 2
        + subject("Substrate", ["Signing", "JSON", "HTTPTransport", nio("NIOCore"), logging], tests: [nio("NIOHTTP1")])
        + subject("Subtensor", ["Substrate", "Signing", "JSON", "HTTPTransport", nio("NIOCore"), logging])
        + subject(
            "Neurons", ["Signing", "JSON", "HTTPTransport", nio("NIOCore"), nio("NIOHTTP1"), logging])
        + subject(
            "Metering",
            [
                "Postgres", "Signing", "JSON", nio("NIOCore"), .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"), logging,
            ])
        // Layer 3
        + subject(
            "Subnets",
            ["Neurons", "Subtensor", "Metering", "Signing", "JSON", "HTTPTransport", nio("NIOCore"), logging])
        // Layer 4
        + subject(
            "Gateway",
            [
                "Subnets", "Subtensor", "Neurons", "Metering", "Signing", "JSON", "HTTPTransport", nio("NIOCore"),
                nio("NIOHTTP1"), logging,
            ])
        + subject(
            "Validator", ["Subnets", "Subtensor", "Substrate", "Neurons", "Signing", "JSON", nio("NIOCore"), logging])
        + subject(
            "Devnet",
            [
                "Substrate", "Subtensor", "Signing", "JSON", "HTTPTransport", nio("NIOCore"), nio("NIOHTTP1"), logging,
            ])
        // Layer 5
        + [
            .executableTarget(
                name: "thalamus",
                dependencies: [
                    "Gateway", "Validator", "Devnet", "Subnets", "Neurons", "Subtensor", "Substrate", "Metering",
                    "Signing", "JSON", "HTTPTransport", nio("NIOCore"), nio("NIOHTTP1"), logging,
                    .product(name: "ArgumentParser", package: "swift-argument-parser"),
                    .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                    .product(name: "UnixSignals", package: "swift-service-lifecycle"), "Yams",
                ], swiftSettings: settings),
            // Not shipped: asks a responder through the server's pipeline, with a socket or without one.
            .target(
                name: "HTTPTestClient",
                dependencies: [
                    "HTTPTransport", nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nio("NIOEmbedded"), logging,
                ], path: "Tests/HTTPTestClient", swiftSettings: settings),
            // Not shipped: what the end-to-end suite talks to where the command line offers nothing.
            .executableTarget(
                name: "timelock-peer", dependencies: ["Signing"], path: "Tests/Interop/TimelockPeer",
                swiftSettings: settings),
            .testTarget(
                name: "ThalamusTests",
                dependencies: ["thalamus", "Devnet", "HTTPTransport", "Metering", "Subnets", "Validator"],
                swiftSettings: settings),
        ]
)

// Benchmarks are built on request: THALAMUS_BENCHMARKS=1 swift run -c release SigningBenchmarks
if Context.environment["THALAMUS_BENCHMARKS"] != nil {
    package.targets += [
        .target(name: "CAllocations", path: "Tests/Benchmarks/CAllocations"),
        .executableTarget(
            name: "SigningBenchmarks", dependencies: ["Signing", "CSodium", "CAllocations"],
            path: "Tests/Benchmarks/SigningBenchmarks", swiftSettings: settings),
        .executableTarget(
            name: "MeteringBenchmarks",
            dependencies: ["Metering", logging, .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Tests/Benchmarks/MeteringBenchmarks", swiftSettings: settings),
        .executableTarget(
            name: "SubstrateBenchmarks",
            dependencies: ["Subtensor", "Substrate", "Signing", "JSON", "HTTPTransport", nio("NIOCore"), logging],
            path: "Tests/Benchmarks/SubstrateBenchmarks", swiftSettings: settings),
        // The drivers' own: what Swift's Glibc module leaves out.
        .systemLibrary(name: "CEpoll", path: "Tests/Benchmarks/CEpoll"),
        .executableTarget(
            name: "HTTPTransportBenchmarks",
            dependencies: [
                "HTTPTransport", "CEpoll", nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Tests/Benchmarks/HTTPTransportBenchmarks", swiftSettings: settings),
    ]
}

// Fuzzers are built on request and without the rest, as libFuzzer's instrumentation must cover all they call, and its
// `main` suits no other program: Tests/Fuzzing/run.sh
if Context.environment["THALAMUS_FUZZING"] != nil {
    package.targets.removeAll { $0.type != .system && !["JSON", "HTTPTransport"].contains($0.name) }
    package.products = []
    package.targets += [
        .target(
            name: "Subnets", dependencies: ["JSON", nio("NIOCore")], path: "Sources/Subnets",
            sources: [
                "Adapters/ChatStreamDecoder.swift", "Adapters/EventStreamParser.swift",
                "Adapters/JSONDocument+Answer.swift", "Adapters/OpenAIShape.swift", "Adapters/UTF8Assembler.swift",
                "Dispatch/DispatchError.swift", "Requests/CompletionDelta.swift",
            ], swiftSettings: settings),
        .executableTarget(
            name: "Fuzzers",
            dependencies: [
                "Subnets", "JSON", "HTTPTransport", nio("NIOCore"), nio("NIOHTTP1"), nio("NIOEmbedded"), logging,
            ], path: "Tests/Fuzzing/Fuzzers", swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])]),
    ]
}
