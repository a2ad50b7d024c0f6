import Host
import Testing

/// Texts that are made of a command's description, by which its words are read too.
@Suite
struct CommandLineTests {
    private static let command = CommandDescription(
        "bake bread", "bakes: a bread isn't a [cake]", forms: ["[--heat N]", "OVEN --salt LIST"],
        details: ["An oven is hot."],
        groups: [
            FlagGroup(
                "the oven",
                [
                    .value("heat", "N", "degrees", standard: "250"), .toggle("fan", "with air"),
                    .repeated("salt", "LIST", "it's \\ or [so]: much", .words(["some", "more"])),
                    .value("a_name_that_is_longer_than_all", "WORD", "what is too long stands alone"),
                ]), FlagGroup("for programs", [.toggle("secret", "is not told")], isHidden: true),
        ], words: .folders, examples: ["kitchen bake bread --heat 3"])
    private static let kitchen = ProgramDescription(
        "kitchen", "makes food", commands: [command],
        common: FlagGroup("always", [.toggle("quiet", "says nothing")] + CommonFlags.questions))

    @Test("A page tells usage, details, each flag with its default, and an example, and no line is longer than asked")
    func page() {
        let lines = HelpPage(Self.kitchen, columns: 60).page(of: Self.command)
        #expect(lines.allSatisfy { $0.count <= 60 }, "\(lines)")
        #expect(lines[0] == "kitchen bake bread: bakes: a bread isn't a [cake]")
        #expect(
            lines[2] == "usage: kitchen bake bread [--heat N]"
                && lines[3] == "       kitchen bake bread OVEN --salt LIST")
        #expect(lines.contains("  --heat N                    degrees (default 250)"))
        #expect(lines.contains("  --a_name_that_is_longer_than_all WORD"))
        #expect(lines.contains("  -V, --version               version, build, libraries,"))
        #expect(lines.suffix(2) == ["example", "  kitchen bake bread --heat 3"])
        #expect(!lines.contains { $0.contains("secret") })
    }

    @Test("What is described is read, hidden flags too, and nothing else")
    func parsing() throws {
        let flags = try Self.command.parse(["--heat", "3", "here", "--secret", "--salt=a", "--salt", "b"])
        #expect(flags.values == ["heat": "3"] && flags.has("secret") && flags.has("salt") && !flags.has("fan"))
        #expect(flags.positional == ["here"] && Self.command.groups.firstGiven(in: flags) == "heat")
        let error = #expect(throws: UserError.self) { try Self.command.parse(["--heart", "3"]) }
        #expect(error == UserError(.usage, "unknown flag --heart; did you mean 'heat'?"))
        let wordless = CommandDescription("x", "x", forms: [""], groups: [], examples: [])
        #expect(throws: UserError(.usage, "'here' is not expected")) { try wordless.parse(["here"]) }
    }

    @Test("Scripts and manual pages escape what their readers would read something into, and hide what is hidden")
    func escaping() throws {
        let zsh = Completion.zsh.script(for: Self.kitchen).joined(separator: "\n")
        #expect(zsh.contains("'*--salt[it'\\''s \\\\ or \\[so\\]\\: much]:LIST:(some more)'"), "\(zsh)")
        let fish = Completion.fish.script(for: Self.kitchen).joined(separator: "\n")
        #expect(fish.contains("-l salt -r -f -a 'some more' -d 'it\\'s \\\\ or [so]: much'"), "\(fish)")
        let manual = ManualPage(Self.kitchen).lines
        #expect(manual.contains("it's \\e or [so]: much") && manual.contains(".B \\-\\-heat N"), "\(manual)")
        for text in [zsh, fish, manual.joined(), Completion.bash.script(for: Self.kitchen).joined()] {
            #expect(!text.contains("secret") && text.contains("heat"))
        }
    }

    @Test("Lines break between words, a word that is too long behind its commas")
    func wrapping() {
        #expect(TextWrap.lines("some words of text", columns: 10) == ["some words", "of text"])
        #expect(TextWrap.lines("all, or aaaa,bbbb,cccc", columns: 10) == ["all, or", "aaaa,bbbb,", "cccc"])
        #expect(TextWrap.lines("incomprehensible", columns: 10) == ["incomprehensible"])
        #expect(
            TextWrap.hanging("  --a N", "what it is", indent: 12, columns: 19) == [
                "  --a N     what it", "            is",
            ])
    }
}
