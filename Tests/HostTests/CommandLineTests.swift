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

    @Test(
        "A value or a word of nothing, which a shell's unset variable leaves, is refused wherever it stands",
        arguments: [
            (["--heat", ""], "--heat is empty: is a variable of the shell not set?"), (["--heat="], "--heat is empty"),
            (["--salt", "a", "--salt", " "], "--salt is empty"), (["here", ""], "a word is empty"),
        ])
    func empty(words: [String], sentence: String) {
        let error = #expect(throws: UserError.self) { try Self.command.parse(words) }
        #expect(
            error?.exitCode == .usage && error?.sentence.hasPrefix(sentence) == true, "\(String(describing: error))")
    }

    @Test(
        "A flag with one hyphen, with a dash that a web page made of two, in upper case or denied is told with the one that is meant",
        arguments: [
            ("-heat", "unknown flag -heat; did you mean '--heat'?"),
            (
                "\u{2013}heat",
                "unknown flag \u{2013}heat, which begins with a dash that is no hyphen; did you mean '--heat'?"
            ),
            ("\u{2014}\u{2014}heat=3", "did you mean '--heat'?"),
            ("--HEAT", "unknown flag --HEAT; did you mean 'heat'?"),
            ("--no-steam", "unknown flag --no_steam; did you mean '--steam false'?"), ("-w", "unknown flag -w"),
            ("--", "unknown flag --"), ("--help=me", "--help takes no value"), ("--fan=on", "--fan takes no value"),
        ])
    func unknown(word: String, sentence: String) {
        let steam = CommandDescription(
            "steam", "steams", forms: [""],
            groups: Self.command.groups + [FlagGroup("x", [.truth("steam", "x", standard: nil)])],
            words: .folders, examples: [])
        let error = #expect(throws: UserError.self) { try steam.parse([word]) }
        #expect(error?.sentence.hasSuffix(sentence) == true, "\(String(describing: error))")
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
