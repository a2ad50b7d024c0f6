import Configuration
import Testing
import Training

/// What an evaluation may cost, and what it sees for it.
@Suite
struct EvaluationPlanTests {
    private func plan(
        epochImages: Int, gradientImages: Int, heldOutImages: Int, isLast: Bool = false,
        change: (inout SearchConfiguration) -> Void = { _ in }
    ) -> EvaluationPlan {
        var configuration = SearchConfiguration()
        change(&configuration)
        return EvaluationPlan(
            configuration, rule: configuration.derivation, epochImages: epochImages, gradientImages: gradientImages,
            heldOutImages: heldOutImages,
            isLast: isLast)
    }

    private func images(_ plan: EvaluationPlan) -> Int {
        plan.passes.count * (plan.recalibrationImages + plan.heldOutImages)
    }

    @Test(
        "In the paper's setting an evaluation reads a tenth of what an epoch's training reads, at three forwards an image"
    )
    func paper() {
        let plan = plan(epochImages: 24_960, gradientImages: 25_000, heldOutImages: 25_000)
        #expect(plan.passes.count == 10 && plan.passes.filter { $0.network == .soft }.map(\.draw) == [0, 1, 2, 3])
        #expect(plan.recalibrationImages == 320 && plan.heldOutImages == 428)
        #expect(images(plan) == 7480 && images(plan) <= 3 * 24_960 / 10)
    }

    @Test("Where the cell is taken by DARTS' rule the top-2 network is the derived one, and is looked at once")
    func darts() {
        let plan = plan(epochImages: 24_960, gradientImages: 25_000, heldOutImages: 25_000) {
            $0.method.search = .darts
        }
        #expect(plan.passes.map(\.network) == [.soft, .hard, .derived])
        let alone = self.plan(epochImages: 24_960, gradientImages: 25_000, heldOutImages: 25_000) {
            $0.method.search = .gdas
            $0.evaluation.networks = [.top2]
        }
        #expect(alone.passes.map(\.network) == [.top2])
    }

    @Test("Fewer draws or networks see more images each", arguments: 1...8)
    func shares(draws: Int) {
        let plan = plan(epochImages: 60_000, gradientImages: 60_000, heldOutImages: 30_000) {
            $0.evaluation.draws = draws
            $0.evaluation.networks = [.soft, .derived]
        }
        #expect(plan.passes.count == draws + 1)
        #expect(images(plan) <= 18_000 && images(plan) > 16_000)
        #expect(plan.recalibrationImages % 64 == 0)
    }

    @Test("It never sees fewer than 256 images, or all there are; the last evaluation of a run sees everything")
    func bounds() {
        let short = plan(epochImages: 1152, gradientImages: 1200, heldOutImages: 300)
        #expect(short.recalibrationImages == 256 && short.heldOutImages == 256)
        let few = plan(epochImages: 64, gradientImages: 100, heldOutImages: 30)
        #expect(few.recalibrationImages == 100 && few.heldOutImages == 30)
        let last = plan(epochImages: 24_960, gradientImages: 25_000, heldOutImages: 25_000, isLast: true)
        #expect(last.recalibrationImages == 1024 && last.heldOutImages == 25_000)
    }

    @Test("A number that is given is taken, with the recalibration that was asked for")
    func given() {
        let plan = plan(epochImages: 24_960, gradientImages: 25_000, heldOutImages: 500) { $0.evaluation.images = 800 }
        #expect(plan.recalibrationImages == 1024 && plan.heldOutImages == 500)
    }
}
