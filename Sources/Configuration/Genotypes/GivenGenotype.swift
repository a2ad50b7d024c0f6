package import Formats
import Host
package import SearchSpace

/// What a person gives for a genotype, and where it came from.
package struct GivenGenotype: Sendable {
    package let genotype: Genotype
    /// The dialect that it was written in.
    package let form: GenotypeForm
    /// Where it came from, for the document that keeps it: of a run what its `genotype.json` says.
    package let provenance: [JSONValue.Member]
    /// What the person should know of what was taken; nil where they chose it, or nothing had to be chosen.
    package let note: String?

    /// - Parameters:
    ///   - argument: a known name in any spelling, a text in any dialect, a file that holds genotypes (a log, saved output, a Python
    ///     file, JSON), or the folder of a run.
    ///   - pick: which genotype of a file or a text with several: its number, from 1, or its name. Without it the last.
    /// - Throws: `UserError`: usage for a name or text that is none, noInput for a file that is missing, data for a bad one.
    package init(_ argument: String, pick: String? = nil) throws {
        let isThere = FileSystem.exists(argument)
        if KnownGenotypes.named(argument) != nil || !isThere, let known = KnownGenotypes.meant(by: argument) {
            guard pick == nil else {
                throw UserError(
                    .usage, "--pick goes with a file or a text with several genotypes; '\(argument)' is one cell")
            }
            self.init(known: known, as: argument)
        } else if !isThere, Self.looksLikeText(argument) {
            let found = try Self.found(
                Array(argument.utf8), pick: pick, source: "--genotype", exitCode: .usage)
            self.init(
                found.one, of: pick == nil ? found.count : 1, source: "the text",
                provenance: [.init("source", .string("text"))])
        } else {
            try self.init(path: argument, pick: pick)
        }
    }

    private init(known: (name: String, genotype: Genotype), as argument: String) {
        genotype = known.genotype
        form = known.genotype.ownForm
        provenance = [.init("source", .string("known")), .init("name", .string(known.name))]
        let plain = argument.lowercased().filter { !"-_ ".contains($0) }
        note =
            plain == known.name.lowercased().filter { !"-_ ".contains($0) } ? nil : "'\(argument)' is \(known.name)"
    }

    private init(path: String, pick: String?) throws {
        let file = try GenotypePath.file(at: path)
        let bytes = try FileSystem.readFile(file, limitBytes: Self.fileLimitBytes)
        let found = try Self.found(bytes, pick: pick, source: file, exitCode: .data)
        let own = Self.ownProvenance(path: path, file: file, bytes: bytes)
        self.init(
            found.one, of: pick == nil ? found.count : 1, source: file,
            provenance: own ?? [
                .init("source", .string(file)), .init("sha256", .string(Hexadecimal.string(SHA256.digest(bytes)))),
            ], isOwn: own != nil)
    }

    private init(
        _ found: GenotypeDocument.Found, of count: Int, source: String, provenance: [JSONValue.Member],
        isOwn: Bool = false
    ) {
        genotype = found.genotype
        form = found.form
        let said: [JSONValue.Member] =
            isOwn
            ? []
            : [
                .init("dialect", .string(found.form.name)), .init("name", found.name.map(JSONValue.string) ?? .null),
                .init("line", .integer(found.place.line)), .init("number", .integer(found.number)),
            ]
        self.provenance = provenance + said
        let named = found.name.map { " '\($0)'" } ?? ""
        note =
            count == 1
            ? nil
            : "of the \(count) genotypes in \(source) number \(found.number)\(named) in line \(found.place.line) is taken; "
                + "--pick NAME or a number takes another"
    }

    /// A log of some weeks has some tens of MiB.
    private static let fileLimitBytes = 64 << 20

    private static func looksLikeText(_ argument: String) -> Bool {
        argument.contains("(") || argument.drop(while: \.isWhitespace).first.map { "|[{".contains($0) } ?? false
    }

    private static func found(
        _ bytes: [UInt8], pick: String?, source: String, exitCode: ExitCode
    ) throws -> (one: GenotypeDocument.Found, count: Int) {
        do {
            let document = try GenotypeDocument(bytes)
            do { return (try document.picked(pick), document.count) } catch {
                // Of a sound file with another name than the one that was asked for the command is wrong.
                throw UserError(error.place == nil && pick != nil ? .usage : exitCode, "\(source): \(error)")
            }
        } catch let error as GenotypeError { throw UserError(exitCode, "\(source): \(error)") }
    }

    /// What a run, or a document that was made of one, says of its cell.
    private static func ownProvenance(path: String, file: String, bytes: [UInt8]) -> [JSONValue.Member]? {
        let document =
            FileSystem.isDirectory(path)
            ? try? FileSystem.readFile("\(path)/genotype.json", limitBytes: fileLimitBytes) : bytes
        guard let document, document.first == UInt8(ascii: "{"),
            case .object(let members)? = (try? JSONValue.parse(document, source: file))?["provenance"]
        else { return nil }
        return members
    }
}

extension Genotype {
    /// - Parameter argument: as `GivenGenotype` takes it.
    /// - Throws: `UserError`.
    package init(argument: String) throws { self = try GivenGenotype(argument).genotype }
}
