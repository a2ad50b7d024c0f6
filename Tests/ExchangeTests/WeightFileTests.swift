import Exchange
import Formats
import SearchSpace
import Testing

/// Weights under PyTorch's names: written, read back, and read as PyTorch's users save them.
@Suite
struct WeightFileTests {
    @Test("Weights and statistics are read back bit for bit, and the auxiliary head may be left out")
    func roundTrip() throws {
        let whole = WeightLayout.small(auxiliary: true)
        let plain = WeightLayout.small()
        #expect(whole.weightCount > plain.weightCount)
        let weights = (0..<whole.weightCount).map { Float($0) / 7 }
        let statistics = (0..<whole.statisticCount).map { Float($0) / 3 }
        let bytes = WeightFile.file(weights: weights, statistics: statistics, layout: whole).serialized()
        let back = try WeightFile.read(bytes, layout: whole, source: "w")
        #expect(back.weights == weights && back.statistics == statistics)
        let less = try WeightFile.read(bytes, layout: plain, source: "w")
        #expect(less.weights.count == plain.weightCount && less.statistics.count == plain.statisticCount)
        let entry = try #require(plain.weight("classifier.weight"))
        let same = try #require(whole.weight("classifier.weight"))
        #expect(Array(less.weights[entry.range]) == Array(weights[same.range]), "names decide, not places")
    }

    @Test(
        "Prefixes of wrappers, one or several, and counters of batches change nothing",
        arguments: [
            "module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module.", "model.", "network.", "module.model.",
            "model._orig_mod.network.",
        ])
    func prefixes(prefix: String) throws {
        let layout = WeightLayout.small()
        let state = MadeUpState(of: layout)
        let read = try state.named(counters: true) { prefix + $0 }.read(layout)
        #expect(read == state.floats)
    }

    @Test(
        "A wrapper around a part of the network, and an average's counter, change nothing; an owner of a part is not passed over"
    )
    func partlyWrapped() throws {
        let layout = WeightLayout.small()
        let state = MadeUpState(of: layout)
        var compiled = state.named { $0.replacing("cells.1.", with: "cells.1._orig_mod.") }
        compiled.tensors.append(.init(name: "n_averaged", kind: .integer64, shape: [], values: [5]))
        #expect(try compiled.read(layout) == state.floats)
        #expect(
            refusal(state.named { $0.hasPrefix("stem") ? "model." + $0 : $0 }, layout)?.contains(
                "'model.stem.0.weight'") == true)
    }

    @Test("DARTS' and SNAS' names of the batch norm behind a pool are the same one, in both networks")
    func pools() throws {
        let derived = WeightLayout.small(poolNorms: true)
        let state = MadeUpState(of: derived)
        let norms = Set(derived.statistics.map(\.name))
        let plain = Set(WeightLayout.small().statistics.map(\.name))
        let pools = norms.subtracting(plain)
        #expect(pools.count > 1 && pools.allSatisfy { $0.hasSuffix(".op.1") })
        let darts = state.named { name in
            pools.contains { name.hasPrefix($0 + ".") } ? name.replacing(".op.1.", with: ".1.") : name
        }
        #expect(darts.tensors.map(\.name) != state.tensors.map(\.name))
        #expect(try darts.read(derived) == state.floats)

        let search = WeightLayout.smallSearch
        let own = MadeUpState(of: search)
        let isPool = { (name: String) in name.contains("._ops.1.1.") || name.contains("._ops.2.1.") }
        let snas = own.named { isPool($0) ? String($0.replacing(".1.running", with: ".op.1.running")) : $0 }
        #expect(snas.tensors.map(\.name) != own.tensors.map(\.name))
        #expect(try snas.read(search) == own.floats)
    }

    @Test("Scales of 1 and shifts of 0 stand for a batch norm without both; others are named")
    func affine() throws {
        let layout = WeightLayout.smallSearch
        var state = MadeUpState(of: layout)
        let floats = state.floats
        let name = "cells.0.preprocess0.op.2"
        let channels = try #require(layout.statistic(name)).channels
        state.tensors += [
            .init(name: name + ".weight", shape: [channels], values: .init(repeating: 1, count: channels)),
            .init(
                name: name + ".bias", kind: .float16, shape: [channels], values: .init(repeating: 0, count: channels)),
        ]
        #expect(try state.read(layout) == floats)
        state.tensors[state[name + ".bias"]].values[1] = 0.5
        #expect(
            refusal(state, layout)
                == "w: tensor 'cells.0.preprocess0.op.2.bias' shifts a batch norm by 0.5, and the network's has neither scale nor shift"
        )
    }

    @Test("Values of 64 and 16 bits come out as predicted, in a file whose header runs against its bytes")
    func kinds() throws {
        let layout = WeightLayout.small()
        var state = MadeUpState(of: layout)
        let kinds: [SafetensorsKind] = [.float64, .float16, .brainFloat16, .float32]
        var predicted: [Float] = []
        for place in state.tensors.indices {
            let kind = kinds[place % kinds.count]
            state.tensors[place].kind = kind
            predicted += state.tensors[place].values.map { value in
                switch kind {
                case .float16: Float(Float16(value))
                case .brainFloat16: Float(bitPattern: Float(value).bitPattern & 0xFFFF_0000)
                default: Float(value)
                }
            }
        }
        #expect(try state.read(layout) == predicted)
        #expect(predicted != state.floats)
    }

    private func refusal(_ state: MadeUpState, _ layout: WeightLayout) -> String? {
        do {
            _ = try WeightFile.read(state.bytes, layout: layout, source: "w")
            return nil
        } catch { return error.description }
    }

    @Test("A tensor that is missing, of another shape or kind, not finite, given twice or not the network's is named")
    func refusals() throws {
        let layout = WeightLayout.small()
        let good = MadeUpState(of: layout)
        func refusal(_ change: (inout MadeUpState) -> Void) -> String? {
            var state = good
            change(&state)
            return self.refusal(state, layout)
        }
        #expect(refusal { _ in } == nil)
        #expect(
            refusal { $0.tensors.remove(at: $0["stem.1.running_var"]) }
                == "w: tensor 'stem.1.running_var' of the network is missing")
        #expect(
            refusal {
                $0.tensors[$0["stem.1.running_var"]] = .init(name: "stem.1.running_var", shape: [3], values: [0, 0, 0])
            }
                == "w: tensor 'stem.1.running_var' has shape [3], the network's has [12]")
        #expect(
            refusal { $0.tensors[$0["classifier.weight"]].shape.reverse() }
                == "w: tensor 'classifier.weight' has shape [64, 10], the network's has [10, 64]")
        #expect(
            refusal { $0.tensors[$0["classifier.bias"]].values[4] = .nan }
                == "w: tensor 'classifier.bias' holds what is not finite: value 4 of 10")
        #expect(
            refusal {
                $0.tensors[$0["classifier.bias"]].kind = .float64
                $0.tensors[$0["classifier.bias"]].values[3] = -1e39
            } == "w: tensor 'classifier.bias' holds what is not finite as a 32-bit float: value 3 of 10")
        #expect(
            refusal {
                $0.tensors[$0["classifier.bias"]].kind = .float64
                $0.tensors[$0["classifier.bias"]].values[3] = .infinity
            } == "w: tensor 'classifier.bias' holds what is not finite: value 3 of 10")
        #expect(
            refusal { $0.tensors[$0["classifier.bias"]].kind = .float8E4M3 }
                == "w: tensor 'classifier.bias' is of F8_E4M3; weights are read from F64, F32, F16 and BF16")
        #expect(
            refusal {
                $0.tensors.append(
                    .init(name: "module.classifier.bias", shape: [10], values: .init(repeating: 0, count: 10)))
            }
                == "w: tensors 'module.classifier.bias' and 'classifier.bias' are both the network's 'classifier.bias'")
        #expect(
            refusal { $0.tensors.append(.init(name: "alphas_normal", shape: [1], values: [0])) }
                == "w: tensor 'alphas_normal' is not the network's")
        #expect(
            refusal {
                $0.tensors.append(
                    .init(name: "auxiliary_head.classifier.bias", kind: .integer64, shape: [1], values: [7]))
            }
                == nil)
    }

    @Test(
        "Weights of another network are told by what they are of: cells, channels, images, classes, pools, search, genotype"
    )
    func otherNetworks() throws {
        func refusal(_ other: WeightLayout, _ own: WeightLayout = .small()) -> String {
            self.refusal(MadeUpState(of: other), own) ?? "read"
        }
        let fewer = refusal(.small(layers: 4), .small(layers: 3))
        #expect(fewer.hasSuffix(": the file has 4 cells, the network 3"), "\(fewer)")
        #expect(fewer.contains(" tensors are not the network's ('") && fewer.contains(" more)"), "\(fewer)")
        #expect(
            refusal(.small(channels: 6)).hasPrefix(
                "w: tensor 'stem.0.weight' has shape [18, 1, 3, 3], the network's has [12, 1, 3, 3] (as "))
        #expect(refusal(.small(channels: 6)).hasSuffix(": the file's stem has 18 channels, the network's 12"))
        #expect(
            refusal(.small(imageChannels: 3))
                == "w: tensor 'stem.0.weight' has shape [12, 3, 3, 3], the network's has [12, 1, 3, 3]: the file is for images of 3 "
                + "channels, the network for images of 1")
        #expect(
            refusal(.small(classes: 100)).hasSuffix(
                "(as 1 more differ): the file tells 100 classes apart, the network 10"))
        #expect(
            refusal(.small(poolNorms: true)).hasSuffix(
                "the network's have none (the run was without --pool_batch_norm)"))
        #expect(
            refusal(.small(), .small(poolNorms: true)).hasSuffix(
                ": the network's pools have a batch norm, the file's have none"))
        #expect(
            refusal(.smallSearch).hasSuffix(
                ": the file is of a search's network, in which every edge has all candidates"))
        #expect(refusal(.small(genotype: "DARTS_V2")).hasSuffix(": the file seems to be of another genotype"))
        var still = MadeUpState(of: .small())
        still.tensors.removeAll { $0.name.contains("running") }
        #expect(
            self.refusal(still, .small())?.hasSuffix(
                ": the file has no running statistics, without which there is no evaluation") == true)
        let renamed = MadeUpState(of: .small()).named { "encoder." + $0 }
        #expect(self.refusal(renamed, .small())?.hasSuffix(": no name is one of the network's") == true)
        #expect(
            self.refusal(renamed, .small())?.contains("('encoder.stem.0.weight', 'encoder.stem.1.weight', ") == true)
    }
}
