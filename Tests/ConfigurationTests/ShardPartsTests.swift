import Configuration
import Testing

/// Into how many parts shards are cut, and what that says of threads.
struct ShardPartsTests {
    private func training(
        shards: Int, batch: Int, parts: Int
    ) -> SearchConfiguration.TrainingSection {
        var training = SearchConfiguration().training
        (training.shards, training.batchSize, training.shardParts) = (shards, batch, parts)
        return training
    }

    @Test(
        "Searches and retrainings have eight parts, a truth table's trainings one; 1 to 64 are taken, and by any name of the setting"
    )
    func values() throws {
        #expect(
            SearchConfiguration().training.shardParts == 8 && SearchConfiguration.retraining.training.shardParts == 8)
        #expect(SearchConfiguration.cellTraining.training.shardParts == 1)
        for (value, isTaken) in [("0", false), ("1", true), ("64", true), ("65", false), ("-1", false), ("2.5", false)]
        {
            for (name, origin) in [("shard_parts", Origin.flag), ("training.shard_parts", .set)] {
                var builder = ConfigurationBuilder()
                guard isTaken else {
                    #expect(throws: (any Error).self, "\(value)") {
                        try builder.apply(name: name, value: value, origin: origin)
                    }
                    continue
                }
                try builder.apply(name: name, value: value, origin: origin)
                #expect(try builder.finished().configuration.training.shardParts == Int(value))
            }
        }
    }

    @Test("What an earlier version wrote has one part and goes on; parts that were written down stay")
    func stored() throws {
        var own = SearchConfiguration()
        own.training.shardParts = 3
        let lines = own.canonicalText.split(separator: "\n")
        let text = lines.filter { !$0.hasPrefix("training.shard_parts") }.map { "\($0)\n" }.joined()
        #expect(lines.contains("training.shard_parts = 3"))
        let earlier = try SearchConfiguration.Stored(text)
        #expect(earlier.configuration.training.shardParts == 1 && earlier.missing.isEmpty)
        #expect(earlier.earlier == ["training.shard_parts"])
        let whole = try SearchConfiguration.Stored(own.canonicalText)
        #expect(whole.configuration == own && whole.earlier.isEmpty)
        // The same command again says nothing of parts; another one asks for some.
        #expect(earlier.filling(SearchConfiguration()).training.shardParts == 1)
        #expect(earlier.filling(own).training.shardParts == 3)
        #expect(whole.filling(SearchConfiguration()).training.shardParts == 8)
    }

    @Test("Eight shards of four images keep 32 of 64 threads busy, and only more images give work to the others")
    func idle() throws {
        let few = try #require(IdleThreads(of: 64, training(shards: 8, batch: 32, parts: 8)))
        #expect(few.count == 32)
        #expect(
            few.words
                == "8 shards of 4 images, cut into 4 each, keep 32 of 64 threads busy, and 32 will stand idle: a larger "
                + "batch_size gives them work")
        #expect(IdleThreads(of: 32, training(shards: 8, batch: 32, parts: 8)) == nil)
        #expect(IdleThreads(of: 64, training(shards: 8, batch: 64, parts: 8)) == nil)
        let whole = try #require(IdleThreads(of: 20, training(shards: 8, batch: 128, parts: 1)))
        #expect(whole.count == 12 && whole.words.contains(": shard_parts 3 gives work to 20 "), "\(whole.words)")
        let most = try #require(IdleThreads(of: 64, training(shards: 1, batch: 16, parts: 8)))
        #expect(most.words.contains("1 shards of 16 images") && most.words.contains("shard_parts 16 gives work to 16"))
        let one = try #require(IdleThreads(of: 9, training(shards: 8, batch: 8, parts: 8)))
        #expect(one.words.hasPrefix("8 shards of 1 image, cut into 1 each, keep 8 of 9 threads busy, and 1 will"))
    }
}
