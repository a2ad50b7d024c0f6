import Formats
import Host
import RunStore
import SearchSpace
import Wire

extension CoordinatorProcess {
    /// Lets those who ask over HTTP see how the run stands, now and then.
    func publish(atEnd: Bool = false) {
        guard let pages else { return }
        let now = Clock.monotonic()
        guard now >= nextPublishing || atEnd else { return }
        nextPublishing = now + RunPages.interval
        let phase: StatusFile.Phase = !atEnd ? .running : earlyEnding == nil ? .finished : .stopped
        let text = status.text(instance, reporter.live, reporter.evaluation, phase, notes: reporter.newest)
        let cell = reporter.newestCell.map { cell in
            JSONValue.object([
                "genotype": .string(cell.genotype.text), "epoch": .integer(cell.epoch),
                "run": .string(session.directory.identity.description),
            ]).serialized()
        }
        let metrics = metricsPage.text
        pages.run.publish { documents in
            documents.path = session.directory.path
            documents.status = text
            documents.metrics = metrics
            documents.genotype = cell
        }
    }
}
