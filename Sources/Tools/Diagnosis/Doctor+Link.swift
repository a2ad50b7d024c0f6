import Formats
import Host
package import Keys
package import Messaging
import Reporting

extension Doctor {
    /// Beyond this share of a step a worker would mostly wait for its link.
    private static let doubtfulShare = 0.5

    /// The link to a live coordinator, and what share of a step a worker here would spend on it.
    package func link(_ endpoint: Endpoint, keys: WorkerKeys?) -> Finding {
        do {
            let inquiry = try CoordinatorInquiry(endpoint, keys: keys)
            let status = try inquiry.status()
            let speed = try inquiry.link()
            let rates =
                "round trip \(Decimal.text(1000 * speed.roundTrip.seconds, 2)) ms, "
                + "\(Decimal.text(speed.downBytesPerSecond * 1e-6, 1)) MB/s from \(endpoint), "
                + "\(Decimal.text(speed.upBytesPerSecond * 1e-6, 1)) MB/s to it"
            guard let weights = status["transfer"]?["weight_bytes"]?.number,
                let contribution = status["transfer"]?["contribution_bytes"]?.number
            else { return Finding("coordinator", .doubtful, rates + "; it does not say what a step moves") }
            let seconds = speed.seconds(weightBytes: weights, contributionBytes: contribution)
            let moved =
                "\(rates): a step's \(Decimal.text(weights * 1e-6, 1)) MB there and "
                + "\(Decimal.text(contribution * 1e-6, 1)) MB back take \(Decimal.text(1000 * seconds, 1)) ms"
            guard let step = status["progress"]?["ms_per_step"]?.number, step > 0 else {
                return Finding("coordinator", .fine, "\(moved); no step was timed yet")
            }
            let share = 1000 * seconds / step
            let text = "\(moved), \(Decimal.text(100 * share, 0)) % of a step of \(Decimal.text(step, 0)) ms"
            return share <= Self.doubtfulShare
                ? Finding("coordinator", .fine, text)
                : Finding("coordinator", .doubtful, text + ": a worker here would mostly wait for its link")
        } catch {
            return Finding("coordinator", .bad, error.userSentence)
        }
    }
}
