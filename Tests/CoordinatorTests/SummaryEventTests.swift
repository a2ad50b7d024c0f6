import Coordinator
import Exchange
import Testing
import Training
import Wire

/// What TensorBoard is told of a run.
@Suite
struct SummaryEventTests {
    private func told(_ rig: SessionRig) -> [SummaryEvent] {
        rig.events.flatMap { $0.summaries(lastStep: rig.lastStep(before: $0)) }
    }

    private func tags(_ event: SummaryEvent) -> [String] { event.values.map(\.tag) }

    private func scalar(_ tag: String, in event: SummaryEvent) -> Double? {
        guard case .scalar(let value)? = event.values.first(where: { $0.tag == tag })?.value else { return nil }
        return value
    }

    @Test(
        "A search tells of steps and epochs under SNAS' own tags, each tag and place once; alpha as one histogram a cell"
    )
    func search() throws {
        let rig = try SessionRig()
        rig.finish()
        let events = told(rig)
        #expect(events.count == 16 + 2 * 4)
        #expect(
            tags(events[0]) == [
                "iter_train_loss", "iter_train_top1_acc", "iter_learning_rate", "iter_weight_gradient_norm",
                "iter_temp",
                "iter_alpha_gradient_norm",
            ])
        #expect(scalar("iter_train_loss", in: events[0]) == 2 && scalar("iter_train_top1_acc", in: events[0]) == 12.5)
        let epoch = events[4]
        #expect(epoch.step == 0)
        #expect(
            tags(epoch) == [
                "epoch_train_acc", "epoch_train_error_loss", "epoch_temp", "epoch_valid_acc",
                "epoch_valid_acc_argmax_alpha", "epoch_valid_acc_hard", "epoch_valid_acc_top2", "normal_probabilities",
                "reduce_probabilities",
            ])
        let last = events[5]
        #expect(last.step == 3)
        #expect(
            tags(last) == [
                "iter_valid_loss", "total_arch_entropy", "normal_arch_entropy", "reduce_arch_entropy",
                "iter_derived_size", "iter_derived_flops", "iter_derived_mac",
            ])
        let entropies = ["total", "normal", "reduce"].compactMap { scalar("\($0)_arch_entropy", in: last) }
        try #require(entropies.count == 3)
        #expect(abs(entropies[0] - entropies[1] - entropies[2]) < 1e-9 && entropies[1] > 29)
        let places = events.flatMap { event in tags(event).map { "\($0) \(event.step)" } }
        #expect(Set(places).count == places.count, "\(places.count)")
        #expect(events.map(\.step).max() == 15)
    }

    @Test("A retraining tells of its one network and of no alpha; a search tells the derived network's size")
    func others() throws {
        let retraining = try SessionRig([("genotype", "SNAS_mild")], retraining: true)
        retraining.finish()
        let all = Set(told(retraining).flatMap(tags))
        #expect(all.isSuperset(of: ["iter_train_loss", "iter_drop_path_prob", "epoch_train_acc", "iter_valid_loss"]))
        #expect(
            !all.contains { $0.contains("entropy") || $0.contains("probabilities") || $0.contains("argmax") }, "\(all)")
        let budget = try SessionRig([("target_params", "2.8M")])
        budget.finish()
        let sizes = told(budget).compactMap { scalar("iter_derived_size", in: $0) }
        #expect(sizes.count == 4 && sizes.allSatisfy { $0 > 1e6 && $0 < 1e7 }, "\(sizes)")
    }

    @Test("A skipped step has no loss and no accuracy, and still its learning rate")
    func skipped() throws {
        let rig = try SessionRig()
        _ = rig.advance { $0[1].loss = .nan }
        #expect(tags(told(rig)[0]) == ["iter_learning_rate", "iter_temp"])
    }

    @Test("Short runs show every step and epoch; a run of ten million steps shows 100,000 of them, and its last")
    func pace() {
        let short = EventPace(steps: EventPace.stepsShown, epochs: EventPace.epochsShown)
        #expect((0..<1000).allSatisfy { short.shows(step: $0) && short.shows(epoch: $0) })
        let long = EventPace(steps: 10_000_001, epochs: 1_000_000)
        #expect((0..<10_000_001).count { long.shows(step: $0) } == 99_011)
        #expect((0..<1_000_000).count { long.shows(epoch: $0) } == 10_001)
        #expect(long.shows(step: 10_000_000) && long.shows(epoch: 999_999) && !long.shows(step: 1))
    }
}
