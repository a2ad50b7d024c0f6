import Formats
import Optimization
import Testing

import Wire

/// Messages that can be read and say what nobody may say.
extension WireTests {
    @Test("A question for no pieces, or for more than one may ask for, is refused")
    func questions() throws {
        for count in [0, WireLimits.piecesInOneQuestion + 1] {
            let wanted = PiecesWanted(blob: Self.digest, indices: 0..<count)
            let sent = envelope(.piecesWanted(wanted)).encoded()
            #expect(throws: WireError.self) { try decode(sent.frame, nil) }
        }
    }

    @Test("A welcome whose pieces are too short, too long or no whole floats is refused")
    func pieceLengths() throws {
        for (pieceBytes, isRead) in [(4096, true), (4095, false), (4098, false), (4092, false), (1 << 20, false)] {
            let welcome = Welcome(
                configuration: "", dataDigest: [], data: Self.blob, layoutDigest: Self.digest, pieceBytes: pieceBytes)
            let sent = envelope(.welcome(welcome)).encoded()
            #expect(((try? decode(sent.frame, nil)) != nil) == isRead, "\(pieceBytes)")
        }
    }

    @Test("A round without a gradient whose shards would mix alpha themselves is refused: its mixtures are given")
    func mixturesOfEvaluations() throws {
        for (mixing, yields, isRead) in [
            (Mixing.given, RoundYields.statistics, true), (.given, [], true), (.softmax, [], false),
            (.relaxed(temperature: 1), .statistics, false), (.oneHot(temperature: 1), .weightGradient, true),
            (.floored(temperature: 1, floor: 0.01), .weightGradient, true),
            (.floored(temperature: 1, floor: 0), .weightGradient, false),
            (.floored(temperature: 1, floor: 0.2), .weightGradient, false),
            (.floored(temperature: 1, floor: .nan), .weightGradient, false),
        ] {
            let opening = RoundOpening(
                job: RoundJob(
                    .heldOut, mixing: mixing, yields: yields, step: 0, epoch: 0, stepInEpoch: 0, shardCount: 1,
                    imageCount: 8, table: [1, 2]),
                assignment: NodeAssignment(attempt: 1, nodes: [TreeNode(level: 0, index: 0)]), weights: Self.blob,
                statistics: nil)
            let frame = envelope(.roundOpened(opening)).encoded().frame
            #expect(((try? decode(frame, nil)) != nil) == isRead, "\(mixing), \(yields)")
        }
    }

    @Test(
        "Rewards are children's on images that reward; a loss has a positive factor for each shard of a batch, or none")
    func rewardsAndFactors() throws {
        func isRead(
            _ images: RoundImages, _ mixing: Mixing, _ yields: RoundYields, _ factors: [Float] = []
        ) throws -> Bool {
            var job = RoundJob(
                images, mixing: mixing, yields: yields, step: 0, epoch: 0, stepInEpoch: 0, shardCount: 2,
                imageCount: 8, table: [1, 2])
            job.lossFactors = factors
            let opening = RoundOpening(
                job: job, assignment: NodeAssignment(attempt: 1, nodes: [TreeNode(level: 0, index: 0)]),
                weights: Self.blob, statistics: nil)
            let frame = envelope(.roundOpened(opening)).encoded().frame
            guard case .roundOpened(let read)? = try? decode(frame, nil).message else { return false }
            return read.job == job
        }
        #expect(try isRead(.rewardBatch, .categorical, .policyGradient))
        #expect(try !isRead(.rewardBatch, .categorical, .weightGradient), "what rewards trains nothing")
        #expect(try !isRead(.gradientBatch, .categorical, .policyGradient))
        #expect(try !isRead(.rewardBatch, .relaxed(temperature: 1), .policyGradient))
        #expect(try !isRead(.rewardBatch, .categorical, [.policyGradient, .alphaGradient]))
        #expect(try isRead(.gradientBatch, .categorical, [.weightGradient, .alphaGradient]))
        #expect(try isRead(.choosing, .given, []))
        #expect(try isRead(.gradientBatch, .softmax, .weightGradient, [0.5, 2]))
        for factors: [Float] in [[0.5], [0.5, 0], [1, -1], [1, .nan], [.infinity, 1], [1, 1, 1]] {
            #expect(try !isRead(.gradientBatch, .softmax, .weightGradient, factors), "\(factors)")
        }
        #expect(try !isRead(.rewardBatch, .categorical, .policyGradient, [1, 1]))
    }

    @Test("A pace has beats of a millisecond to a minute, and a silence of more than two of them, at most a day")
    func paces() {
        for (beat, silence, isPace) in [
            (1, 3, true), (2000, 30_000, true), (60_000, 86_400_000, true), (0, 30_000, false),
            (60_001, 200_000, false),
            (1000, 2000, false), (1000, 86_400_001, false),
        ] {
            #expect(
                (Pace(beatMilliseconds: beat, silenceMilliseconds: silence) != nil) == isPace, "\(beat), \(silence)")
        }
    }

    @Test("An echo is never longer than half a megabyte, on either side; a status that is longer is cut at a character")
    func inquiries() throws {
        let most = WireLimits.echoBytes
        for (answer, filler, isRead) in [(0, 0, false), (1, 0, true), (most, most, true), (most + 1, 0, false)] {
            let question = EchoWanted(answerBytes: answer, filler: [UInt8](repeating: 1, count: filler))
            let frame = envelope(.echoWanted(question)).encoded().frame
            #expect(((try? decode(frame, nil)) != nil) == isRead, "\(answer), \(filler)")
        }
        let long = String(repeating: "é", count: WireLimits.statusBytes)
        guard case .status(let document) = try decode(envelope(.status(document: long)).encoded().frame, nil).message
        else { return #expect(Bool(false)) }
        #expect(document.utf8.count == WireLimits.statusBytes && document.allSatisfy { $0 == "é" })
    }
}
