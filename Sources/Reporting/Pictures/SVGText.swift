/// Words in a picture (SVG).
enum SVGText {
    /// Without the characters that XML reserves in text.
    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
