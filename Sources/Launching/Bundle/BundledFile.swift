/// A file of a bundle, as it is on this machine.
package struct BundledFile: Sendable, Equatable {
    /// In the bundle's folder, without a folder in front.
    package let name: String
    /// Here.
    package let path: String
    /// Its size.
    package let bytes: Int
    /// SHA-256, in hexadecimal digits.
    package let digest: String
}
