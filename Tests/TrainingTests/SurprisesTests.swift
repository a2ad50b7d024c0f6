import Configuration
import SearchSpace
import Testing
import Training

/// What is said once, when a run begins that does something which may not be meant.
@Suite
struct SurprisesTests {
    private func plan(_ change: (inout SearchConfiguration) -> Void = { _ in }) -> TrainingPlan {
        MadeUpSearch { change(&$0) }.run.plan
    }

    @Test("A search that does what people expect surprises nobody; each surprise has its sentence and figures")
    func sentences() {
        #expect(plan { $0.architecture.warmup = 0 }.surprises.isEmpty)
        let rising = plan {
            $0.architecture.warmup = 0
            $0.temperature.start = 0.1
            $0.temperature.end = 0.9
        }
        #expect(rising.surprises.count == 1 && rising.surprises[0].contains("rises, from 0.1 (temp) to 0.9 (temp_min)"))
        let resting = plan { $0.architecture.learningRate = 0 }
        #expect(resting.surprises.count == 1 && resting.surprises[0].contains("arch_learning_rate is 0"))
        let short = plan {
            $0.training.epochs = 10
            $0.training.maxSteps = 7
            $0.architecture.warmup = 0.5
        }
        #expect(short.surprises.count == 1 && short.surprises[0].contains("takes 15 steps and the run has 7"))
    }

    @Test("Of softmax' mixture no temperature is told, whatever the settings say of it")
    func softmax() {
        let plan = plan {
            $0.architecture.warmup = 0
            $0.method.search = .darts
            $0.method.level = .single
            $0.temperature.start = 0.1
            $0.temperature.end = 0.9
        }
        #expect(plan.surprises.isEmpty)
    }

    @Test("A branch with twice the epochs is told its jumps in learning rate and temperature; one with its own is not")
    func jumps() {
        func plan(epochs: Int, warmup: Double = 0) -> TrainingPlan {
            self.plan {
                $0.training.epochs = epochs
                $0.training.learningRate = 0.025
                $0.training.learningRateMin = 0.001
                $0.architecture.warmup = warmup
            }
        }
        let before = plan(epochs: 20)
        #expect(plan(epochs: 20).jumps(from: before, at: 48).isEmpty)
        // Epoch 16 of 20, and of 40: 0.001 + 0.012 (1 + cos(16 pi / 20)) = 0.00329, and 0.0167; 1 - 0.97 t / 19, and t / 39.
        let told = plan(epochs: 40).jumps(from: before, at: 48)
        #expect(
            told == [
                "at step 48 the learning rate goes from 0.0033 to 0.017, the temperature goes from 0.18 to 0.6: schedules are "
                    + "counted over all of the run's epochs, 40 now and 20 before"
            ])
        // From the very end there is a step before, and what it had.
        #expect(plan(epochs: 40).jumps(from: before, at: 60).first?.contains("from 0.0011 to") == true)
        let warm = plan(epochs: 40, warmup: 0.5).jumps(from: plan(epochs: 20, warmup: 0.5), at: 48)
        #expect(warm.last == "alpha, which has moved, rests until step 60: the warm-up is counted over all epochs")
    }
}
