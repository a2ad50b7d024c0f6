extension Genotype {
    /// Reads one genotype in any of the dialects (`GenotypeForm`) and nothing around it: what runs keep of a cell, and what a setting
    /// holds. Nothing is evaluated. With all edges a node's edges may stand in any order, as the official SNAS code writes them;
    /// they are put into edge order. `GenotypeDocument` finds genotypes in files that hold more.
    ///
    /// - Throws: `GenotypeError` with the place and what was expected there.
    package init(parsing text: String) throws(GenotypeError) {
        self = try ReadGenotype(Array(text.utf8)).genotype
    }
}

/// A genotype with the form that it was written in.
package struct ReadGenotype: Sendable, Equatable {
    package let genotype: Genotype
    package let form: GenotypeForm

    /// - Parameter bytes: one genotype, and nothing around it.
    /// - Throws: `GenotypeError` with the place.
    init(_ bytes: [UInt8]) throws(GenotypeError) {
        var reader = LiteralReader(bytes)
        do throws(GenotypeError) {
            try self.init(&reader)
            try reader.end()
        } catch { throw error.placed(in: bytes) }
    }

    /// - Parameter reader: stands in front of a genotype, and then behind it.
    /// - Throws: `GenotypeError` with a byte's number for a place.
    init(_ reader: inout LiteralReader) throws(GenotypeError) {
        reader.skipBlanks()
        guard reader.next != UInt8(ascii: "|") else {
            (genotype, form) = (try Genotype(staged: &reader), .nasBench201)
            return
        }
        let literal = try reader.value()
        guard let read = try ReadGenotype(literal) else {
            throw GenotypeError(
                reason: "Genotype(...), |operation~0|+... or another form of a cell expected, \(literal.kind) found",
                at: literal.offset)
        }
        self = read
    }

    /// Nil where a value does not look like a genotype of any dialect.
    ///
    /// - Throws: `GenotypeError` where it does and is none.
    init?(_ literal: Literal) throws(GenotypeError) {
        switch literal.value {
        case .call(let name, let arguments) where name.hasSuffix("Genotype"):
            let record = LiteralRecord(name, arguments, at: literal.offset)
            let isAwNAS = name.hasSuffix("CNNGenotype") || record.keys.contains(where: Genotype.isAwNASKey)
            guard !isAwNAS else {
                self.init(try Genotype(awNAS: record), .awNAS)
                return
            }
            self.init(try Genotype(record: record), writtenAs: record["normal"])
        case .call("dict", let arguments):
            guard let read = try Self.read(LiteralRecord("dict", arguments, at: literal.offset)) else { return nil }
            self = read
        case .dictionary(let members):
            guard let read = try Self.read(LiteralRecord(members, at: literal.offset)) else { return nil }
            self = read
        case .sequence(let items):
            guard Genotype.isNASBench301(items) else { return nil }
            self.init(try Genotype(nasBench301: items), .nasBench301)
        default: return nil
        }
    }

    private init(_ genotype: Genotype, _ form: GenotypeForm) {
        (self.genotype, self.form) = (genotype, form)
    }

    /// - Parameter normal: the normal cell's edges as they were written; nil where they were given by position.
    private init(_ genotype: Genotype, writtenAs normal: Literal?) {
        let first = normal?.items?.first?.items
        let isNested = first?.first?.items != nil
        let edge = isNested ? first?.first?.items : first
        let isKatib = (try? edge?.first?.text("")).map { OperationNames.katib[$0] != nil } ?? false
        let form: GenotypeForm =
            edge?.count == 3 ? .gdas : isKatib ? .katib : isNested ? .nested : genotype.ownForm
        self.init(genotype, form)
    }

    /// Of a dictionary: this project's document, which has the text under `genotype`, GDAS', aw_nas' names, or Vega's cells wherever
    /// they stand in it.
    private static func read(_ record: LiteralRecord) throws(GenotypeError) -> ReadGenotype? {
        if let inner = record["genotype"], case .text(let text) = inner.value { return try within(text) }
        if let normal = record["normal"], record["reduce"] != nil {
            guard normal.items == nil else {
                return ReadGenotype(try Genotype(record: record), writtenAs: normal)
            }
            return ReadGenotype(try Genotype(vega: record), .vega)
        }
        if record.keys.contains(where: Genotype.isAwNASKey) {
            return ReadGenotype(try Genotype(awNAS: record), .awNAS)
        }
        for inner in record.dictionaries {
            if let read = try read(inner) { return read }
        }
        guard let inner = record["genotype"], record["concat"] == nil else { return nil }
        throw GenotypeError(reason: "a text under \"genotype\" expected, \(inner.kind) found", at: inner.offset)
    }

    private static func within(_ text: String) throws(GenotypeError) -> ReadGenotype {
        do { return try ReadGenotype(Array(text.utf8)) } catch {
            throw GenotypeError(reason: "in the text under \"genotype\": \(error)")
        }
    }
}
