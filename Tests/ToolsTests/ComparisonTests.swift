import Configuration
import Datasets
import Host
import Reporting
import Testing
import Tools

/// The methods of a comparison: what each sets, and how long each searches.
@Suite
struct ComparisonTests {
    @Test(
        "Every method's settings fit each other, and as many images learn as SNAS has",
        arguments: ComparedMethod.allCases)
    func settings(method: ComparedMethod) throws {
        var builder = ConfigurationBuilder()
        try builder.apply(name: "train_portion", value: "0.8", origin: .flag)
        for (key, value) in try method.settings(trainPortion: 0.8) {
            try builder.apply(name: key, value: value, origin: .set)
        }
        let search = try builder.finished().configuration
        #expect(abs(search.data.trainPortion + search.searchPortion + search.choosingPortion - 0.8) < 1e-9)
        #expect(method != .enas || search.choosingPortion == 0.1)
        #expect((try? ComparedMethod.enas.settings(trainPortion: 0.2)) == nil)
    }

    @Test("Equal cost is the most epochs that cost no more: one-path searches get several times those of SNAS")
    func equalCost() throws {
        let data = try RecognisedDataset(at: "digits").loadTraining()
        func plain(_ method: ComparedMethod) throws -> SearchConfiguration {
            var builder = ConfigurationBuilder()
            for (key, value) in [("init_channels", "4"), ("layers", "3"), ("every_epochs", "100000")] {
                try builder.apply(name: key, value: value, origin: .flag)
            }
            for (key, value) in try method.settings(trainPortion: 0.8) {
                try builder.apply(name: key, value: value, origin: .set)
            }
            return try builder.finished().configuration
        }
        var snas = try plain(.snas)
        snas.data.trainPortion = 0.8
        snas.training.epochs = 12
        let cost = try EqualCost.multiplyAdds(snas, on: data)
        #expect(try EqualCost.epochs(of: snas, costing: cost, on: data) == 12)
        for method in [ComparedMethod.darts, .dartsSecondOrder, .gdas, .dsnas] {
            var search = try plain(method)
            if method == .dsnas { search.data.trainPortion = 0.8 }
            let epochs = try EqualCost.epochs(of: search, costing: cost, on: data)
            search.training.epochs = epochs
            #expect(try EqualCost.multiplyAdds(search, on: data) <= cost)
            search.training.epochs = epochs + 1
            #expect(try EqualCost.multiplyAdds(search, on: data) > cost, "\(method)")
            if method == .dsnas { #expect(epochs > 3 * 12) }
        }
    }

    @Test("Names are read with commas between them, each once, and others are told with what there is")
    func names() throws {
        #expect(try ComparedMethod.list("snas, darts,Darts-second-order,random") == [.snas, .darts, .dartsSecondOrder])
        for text in ["snas,snas", "nasnet", "", "snas,,darts"] {
            do {
                let list = try ComparedMethod.list(text)
                #expect(list == [.snas, .darts] && text == "snas,,darts", "\(text)")
            } catch let error as UserError {
                #expect(
                    error.sentence.contains("it takes some of snas,darts,darts_second_order,gdas,dsnas,enas,random"))
            }
        }
    }

    @Test("A strip has a dot for each value at its place, a bar over the interval and a mark at the mean")
    func picture() {
        let svg = StripPicture(
            title: "t < u", axis: "a",
            groups: [.init("one", [0, 0.5, 1], interval: 0.25...0.75), .init("two", [], interval: nil)]
        ).svg
        #expect(svg.contains("t &lt; u") && svg.split(separator: "<circle").count == 4)
        // From 190 to 680.
        for x in ["cx=\"190.0\"", "cx=\"435.0\"", "cx=\"680.0\"", "M 312.5 61 H 557.5", "M 435.0 52 V 70"] {
            #expect(svg.contains(x), "\(x)")
        }
    }

    @Test("Epochs are chosen anew where searches cost over 3 % more or less than they should, and by whole epochs")
    func counted() {
        #expect(EqualCost.epochs(465, counted: 75.0, costing: 61.1) == 379)
        #expect(EqualCost.epochs(100, counted: 62.8, costing: 61.1) == nil)
        #expect(EqualCost.epochs(100, counted: 59.4, costing: 61.1) == nil)
        #expect(EqualCost.epochs(100, counted: 58.0, costing: 61.1) == 105)
        #expect(EqualCost.epochs(2, counted: 1.1, costing: 1) == nil, "no number of whole epochs comes nearer")
        #expect(EqualCost.epochs(1, counted: 5, costing: 1) == nil)
    }
}
