import Configuration
import SearchSpace
import Testing

/// What a setting can change of a run, for whoever looks for the one that parted two runs.
@Suite
struct BearingTests {
    private func keys(_ bearing: Setting.Bearing, in configuration: SearchConfiguration) -> Set<String> {
        Set(Setting.all.filter { $0.bearing(in: configuration) == bearing }.map(\.key))
    }

    @Test(
        "Of a search, waiting, writing and the numbers of evaluations change no step; all that is not known to be so may"
    )
    func search() {
        let search = SearchConfiguration()
        let nothing = keys(.nothing, in: search)
        #expect(
            nothing.isSuperset(of: ["cluster.min_workers", "cluster.audit_share", "run.report_freq", "run.keep_epochs"])
        )
        #expect(nothing.contains("policy.children"), "a search without a policy does not read it")
        let results = keys(.results, in: search)
        #expect(
            results == [
                "training.max_steps", "training.skip_limit", "architecture.alpha_average", "evaluation.every_epochs",
                "evaluation.networks", "evaluation.recalibration_images", "evaluation.shard_images",
                "evaluation.evaluation_images", "evaluation.evaluation_draws",
            ])
        let steps = keys(.steps, in: search)
        for key in ["run.seed", "temperature.temp", "data.flip", "training.epochs", "cluster.allow_mixed_kinds"] {
            #expect(steps.contains(key), "\(key)")
        }
        #expect(steps.count + results.count + nothing.count == Setting.all.count)
    }

    @Test(
        "What the method or a retraining does not read changes nothing of it: DARTS' temperature, a fixed cell's alpha")
    func unread() {
        var darts = SearchConfiguration()
        darts.method.search = .darts
        #expect(keys(.nothing, in: darts).isSuperset(of: ["temperature.temp", "architecture.noise"]))
        #expect(keys(.steps, in: darts).contains("architecture.arch_learning_rate"))
        var retraining = SearchConfiguration()
        retraining.retrain.genotype = SearchSpace.darts(nodes: 1).uniform(.sepConv3x3)
        let unread = keys(.nothing, in: retraining)
        #expect(unread.isSuperset(of: ["architecture.arch_learning_rate", "temperature.temp", "budget.ratio"]))
        #expect(keys(.steps, in: retraining).isSuperset(of: ["training.learning_rate", "retrain.auxiliary"]))
    }
}
