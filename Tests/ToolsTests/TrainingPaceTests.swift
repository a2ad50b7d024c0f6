import Testing
import Tools

/// How long many trainings still take, by those that are done.
struct TrainingPaceTests {
    @Test(
        "The first of sixteen that run side by side says nothing of the others; sixteen of them in 60 s leave 240 s for 64"
    )
    func sideBySide() {
        let pace = TrainingPace(sideBySide: 16)
        for done in [0, 1, 15] { #expect(pace.secondsLeft(elapsed: 60, done: done, left: 79) == nil) }
        #expect(pace.secondsLeft(elapsed: 60, done: 16, left: 64) == 240)
        #expect(TrainingPace(sideBySide: 1).secondsLeft(elapsed: 5, done: 1, left: 3) == 15)
    }
}
