import Host
import Launching

#if canImport(Glibc)
    import Glibc
#endif

/// What a worker's standard input is to it.
package enum StarterInput: Sendable, Equatable {
    /// Nothing.
    case unread
    /// A pipe whose other end the program that started it holds, on this machine: the worker ends when that program does.
    case life
    /// A pipe, over ssh for instance, that may break while everything else is well. A worker without it goes on while its coordinator
    /// lives, once it was ready for one's run; one that has neither ends after `orphanLimit`. `ControlPipe` says what is written there.
    case control

    /// How long a worker looks for its coordinator once nobody else could tell it to end.
    static let orphanLimit: Duration = .seconds(10)

    /// News that came over it.
    enum News: Equatable {
        case none
        /// The other end is closed.
        case gone
        case toldToLeave
    }

    /// Reads what is there, without waiting.
    func take() -> News {
        guard self != .unread, !DescriptorPoll.wait([STDIN_FILENO], timeout: .zero).isEmpty else { return .none }
        // Nothing is ever written into a pipe that only tells of life: it is readable when its writer is gone.
        guard self == .control else { return .gone }
        var chunk = [UInt8](repeating: 0, count: 256)
        let count = read(STDIN_FILENO, &chunk, chunk.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return .none }
        guard count > 0 else { return .gone }
        // The first letter is enough: a line may come in parts, and there is no other word.
        return chunk[..<count].contains(ControlPipe.leave.utf8.first ?? 0) ? .toldToLeave : .none
    }
}
