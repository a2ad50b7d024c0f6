import Reporting
import Testing

/// How long a run still takes, by its steps.
struct StepPaceTests {
    @Test(
        "What comes before the first step is no part of a step's time: a start of 7 s leaves a run of 0.37 s a step 37 s"
    )
    func start() {
        var pace = StepPace(stepsPerEpoch: 10)
        #expect(pace.secondsLeft(steps: 100).isInfinite, "nothing is known yet")
        pace.done(at: .seconds(7))
        #expect(pace.secondsPerStep == nil && pace.secondsLeft(steps: 99).isInfinite)
        #expect(pace.secondsLeft(steps: 0) == 0, "a run of one step is over")
        for step in 1...10 { pace.done(at: .seconds(7) + .milliseconds(370 * step)) }
        #expect(abs(pace.secondsLeft(steps: 100) - 37) < 1e-9)
    }

    @Test("Evaluations between steps count, and a wait of an hour is forgotten two epochs later")
    func window() {
        var pace = StepPace(stepsPerEpoch: 100)
        var now = Duration.seconds(0)
        func epoch(_ pace: inout StepPace) {
            for step in 0..<100 {
                now += .seconds(step == 0 ? 51 : 1)
                pace.done(at: now)
            }
        }
        for _ in 0..<3 { epoch(&pace) }
        #expect(abs(pace.secondsLeft(steps: 200) - 300) < 1)
        now += .seconds(3600)
        epoch(&pace)
        #expect(pace.secondsLeft(steps: 200) > 3000)
        for _ in 0..<2 { epoch(&pace) }
        #expect(abs(pace.secondsLeft(steps: 200) - 300) < 1)
    }
}
