/// Of a mixture whose smallest parts are not computed.
package enum MixtureFloor {
    /// Some operation of an edge of eight candidates always has more.
    package static let largest = 0.1
}
