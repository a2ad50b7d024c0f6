import CDigits

/// The UCI handwritten digits (E. Alpaydin, C. Kaynak, *Optical Recognition of Handwritten Digits*, 1998, CC BY 4.0) in the
/// form that scikit-learn's `load_digits` carries: 1,797 images of 8 x 8 pixels with values from 0 to 16.
///
/// The last 297 images are the test part and are read by an evaluation alone. Values are multiplied by 15, so that 16 becomes
/// 240 and fits a byte.
enum EmbeddedDigits {
    static let count = 1797
    static let trainingCount = 1500
    static let side = 8
    static let valueScale: UInt8 = 15

    static func training() -> ImageSet {
        let part = part(0..<trainingCount)
        let normalisation = Normalisation(of: part, channels: 1)
        return ImageSet(
            name: "digits", channels: 1, height: side, width: side, classes: 10, images: part,
            mean: normalisation.mean, deviation: normalisation.deviation, cropPadding: 1, flips: false)
    }

    static func test() -> TestImages {
        TestImages(channels: 1, height: side, width: side, classes: 10, part: part(trainingCount..<count))
    }

    /// One character a pixel ('A' is 0) after one digit for the label, image by image.
    private static func part(_ images: Range<Int>) -> ImagePart {
        let record = 1 + side * side
        let text = UnsafeBufferPointer(start: snas_digits(), count: count * record)
        var pixels: [UInt8] = []
        var labels: [UInt8] = []
        for image in images {
            labels.append(UInt8(bitPattern: text[image * record]) - UInt8(ascii: "0"))
            for pixel in 1..<record {
                pixels.append((UInt8(bitPattern: text[image * record + pixel]) - UInt8(ascii: "A")) * valueScale)
            }
        }
        return ImagePart(pixels: pixels, labels: labels)
    }
}
