import Formats
import Testing

@Suite
struct Base64Tests {
    @Test("Bytes become the texts that RFC 4648 gives as vectors; two characters are no letters or digits")
    func vectors() {
        let cases = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        for (bytes, text) in cases { #expect(Base64.string(Array(bytes.utf8)) == text) }
        #expect(Base64.string([0xFB, 0xEF, 0xFF]) == "++//")
    }
}
