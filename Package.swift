// swift-tools-version: 6.2
import Glibc
import PackageDescription

// Floors (the manual's page Architecture): a target imports lower floors only, each C library is named by one
// target only. Build with `--explicit-target-dependency-import-check error` and the manifest is the proof.

/// A folder with `include` and `lib` of any libtorch or installed PyTorch; Debian's libtorch-dev without it.
let torchFolder = Context.environment["SNAS_LIBTORCH"]

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

func room(_ name: String, _ dependencies: [Target.Dependency] = [], linker: [LinkerSetting] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict, linkerSettings: linker)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.target(name: name)] + dependencies, swiftSettings: strict)
}

let torchCompile: [CXXSetting] =
    torchFolder.map { [.unsafeFlags(["-isystem", $0 + "/include"])] } ?? []
/// CUDA registers itself with libtorch when its library is loaded. No program calls it by a name, so a linker that drops what is not
/// needed would drop it.
let torchDevices: [LinkerSetting] =
    torchFolder.map { access($0 + "/lib/libtorch_cuda.so", F_OK) == 0 } == true
    ? [
        .unsafeFlags(
            ["--push-state", "--no-as-needed", "-ltorch_cuda", "-lc10_cuda", "--pop-state"].flatMap {
                ["-Xlinker", $0]
            })
    ] : []
let torchLink: [LinkerSetting] =
    [.linkedLibrary("torch_cpu"), .linkedLibrary("c10")] + torchDevices
    + (torchFolder.map { [.unsafeFlags(["-L" + $0 + "/lib", "-Xlinker", "-rpath", "-Xlinker", $0 + "/lib"])] } ?? [])

let package = Package(
    name: "snas",
    products: [
        .executable(name: "snas", targets: ["snas"]),
        .executable(name: "snas-worker", targets: ["snas-worker"]),
    ],
    targets: [
        // Floor 0: C faces.
        .systemLibrary(name: "CZeroMQ"),
        .systemLibrary(name: "CZlib"),
        .systemLibrary(name: "CYAML"),
        .systemLibrary(name: "CSodium"),
        .systemLibrary(name: "CXXHash"),
        .systemLibrary(name: "CMicroHTTP"),
        .systemLibrary(name: "CLinux"),
        .target(name: "CDigits", exclude: ["generate.py"]),
        .target(name: "CTorch", cxxSettings: torchCompile, linkerSettings: torchLink),

        // Floor 1.
        room("SearchSpace"),
        room("Randomness"),
        room("Optimization"),
        room("Formats", ["CZlib", "CYAML", "CSodium", "CXXHash"]),
        room("Host", ["CLinux"]),
        room("Messaging", ["CZeroMQ"]),
        room("HTTP", ["CMicroHTTP", "Host"]),
        room("Tensors", ["CTorch"]),

        // Floor 2: composed from floor 1.
        room("Configuration", ["SearchSpace", "Optimization", "Formats", "Host"]),
        room("Estimation", ["SearchSpace", "Randomness"]),
        room("Wire", ["SearchSpace", "Optimization", "Formats"]),
        room("Datasets", ["Randomness", "Formats", "Host", "CDigits"]),
        room("Network", ["SearchSpace", "Optimization", "Randomness", "Tensors"]),
        room("Reporting", ["SearchSpace", "Formats", "Host"]),
        room("Keys", ["Host", "Messaging"]),
        room("Exchange", ["Formats", "SearchSpace"]),

        // Floor 3: the distributed algorithm; the method.
        room("SearchProtocol", ["Wire", "Optimization"]),
        room(
            "Training",
            [
                "Configuration", "Datasets", "Estimation", "Formats", "Host", "Optimization", "Randomness",
                "SearchSpace", "Wire",
            ]),

        // Floor 4: what a run keeps on disk; how workers are started and watched.
        room("Launching", ["Formats", "Host", "Keys", "Messaging", "Reporting", "Wire"]),
        room(
            "RunStore",
            [
                "SearchProtocol", "Training", "Configuration", "Datasets", "Exchange", "Formats", "Host", "Randomness",
                "Reporting", "SearchSpace", "Wire",
            ]),

        // Floor 5: shells, and what is driven by hand on top of them.
        room(
            "Coordinator",
            [
                "Launching", "RunStore", "SearchProtocol", "Training", "Configuration", "Datasets", "Exchange",
                "Formats", "HTTP", "Host", "Keys", "Messaging", "Reporting", "SearchSpace", "Wire",
            ]),
        room(
            "Worker",
            [
                "Launching", "RunStore", "SearchProtocol", "Configuration", "Datasets", "Estimation", "Formats", "Host",
                "Keys", "Messaging", "Network", "Optimization", "Randomness", "Reporting", "SearchSpace", "Tensors",
                "Training", "Wire",
            ]),
        room(
            "Tools",
            [
                "Coordinator", "Launching", "RunStore", "SearchProtocol", "Configuration", "Datasets", "Estimation",
                "Formats", "Host", "Keys", "Messaging", "Optimization", "Randomness", "Reporting", "SearchSpace",
                "Training",
                "Wire",
            ]),

        // Floor 6: programs.
        program(
            "snas",
            [
                "Coordinator", "Launching", "RunStore", "Configuration", "Datasets", "Estimation", "Exchange",
                "Formats", "HTTP",
                "Host", "Keys", "Messaging", "Reporting", "SearchSpace", "Tools", "Wire",
            ]),
        program("snas-worker", ["Worker", "Host"]),

        // What tests share: mutated bytes, a note of the seed when a process dies, a connection without libzmq.
        .target(
            name: "TestSupport", dependencies: ["Randomness", "Host", "Wire"], path: "Tests/TestSupport",
            swiftSettings: strict),

        tests(of: "SearchSpace"),
        tests(of: "Randomness"),
        tests(of: "Optimization"),
        tests(of: "Formats"),
        tests(of: "Host"),
        tests(of: "Messaging", ["Host", "TestSupport"]),
        tests(of: "HTTP", ["Host", "TestSupport"]),
        tests(of: "Keys", ["Host", "Messaging"]),
        .testTarget(
            name: "ExchangeTests", dependencies: ["Exchange", "Formats", "SearchSpace"],
            exclude: ["generate.py", "generate_onnx.py"], swiftSettings: strict),
        tests(of: "Configuration", ["Formats", "Host", "Optimization", "SearchSpace"]),
        tests(of: "Reporting", ["Formats", "Host", "SearchSpace"]),
        tests(
            of: "Training",
            ["Configuration", "Estimation", "Formats", "Host", "Optimization", "Randomness", "SearchSpace", "Wire"]),
        tests(of: "Estimation", ["SearchSpace", "Randomness"]),
        tests(of: "Datasets", ["Host"]),
        tests(of: "Wire", ["Optimization", "Formats"]),
        tests(of: "SearchProtocol", ["Wire", "Optimization", "Formats", "Randomness"]),
        .testTarget(
            name: "NetworkTests",
            dependencies: [
                "Network", "Configuration", "SearchSpace", "Randomness", "Optimization", "Tensors", "Exchange",
                "Formats",
                "Host", "Estimation", "Training",
            ],
            exclude: [
                "generate.py", "generate_derived.py", "generate_unrolled.py", "generate_staged.py",
                "generate_left_out.py",
            ],
            resources: [.copy("Fixtures")],
            swiftSettings: strict),
        tests(
            of: "RunStore",
            [
                "Configuration", "Datasets", "Exchange", "Formats", "Host", "Reporting", "SearchProtocol",
                "SearchSpace", "Training", "Wire",
            ]),
        tests(of: "Launching", ["Formats", "Host", "Keys", "Messaging", "Reporting", "Wire"]),
        tests(
            of: "Coordinator",
            [
                "Configuration", "Datasets", "Exchange", "Formats", "HTTP", "Host", "Launching", "Messaging",
                "Reporting", "RunStore", "SearchProtocol", "SearchSpace", "Training", "Wire", "snas-worker",
            ]),
        tests(
            of: "Worker",
            [
                "Coordinator", "Configuration", "Datasets", "Estimation", "Formats", "Host", "Launching", "Messaging",
                "Network", "Optimization", "Randomness", "RunStore", "SearchSpace", "Training", "Wire",
            ]),
        tests(
            of: "Tools",
            [
                "Configuration", "Datasets", "Formats", "Host", "Launching", "Messaging", "RunStore", "SearchSpace",
                "Training", "Wire",
            ]),
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "TestSupport", "Wire", "SearchProtocol", "Formats", "Datasets", "Configuration", "Exchange",
                "RunStore", "SearchSpace", "Training",
                "Keys", "Messaging", "Optimization", "Randomness", "Host",
            ], swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "Host", "Formats", "Keys", "Messaging", "Optimization", "Randomness", "TestSupport", "Wire", "snas",
                "snas-worker",
            ],
            exclude: ["Fixtures"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6],
    // Debian's libtorch 1.13 does not compile as C++20, PyTorch from 2.14 on as nothing less.
    cxxLanguageStandard: torchFolder == nil ? .cxx17 : .cxx20
)
