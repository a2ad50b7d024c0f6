import Host

/// How the labels of a data set's files become its classes.
extension ImageSet {
    /// Images of each class.
    package var classSizes: [Int] {
        var sizes = [Int](repeating: 0, count: classes)
        for label in images.labels { sizes[Int(label)] += 1 }
        return sizes
    }

    /// Labels of the files below the largest one that no image has: classes that nothing can be learned of.
    package var emptyClasses: [Int] { classSizes.indices.filter { classSizes[$0] == 0 } }

    /// The same images, their labels renumbered in order to 0 up to the number of classes that have images. A set without gaps stays
    /// as it is.
    package func withCompactLabels() -> ImageSet {
        let sizes = classSizes
        let kept = sizes.indices.filter { sizes[$0] > 0 }
        guard kept.count < classes else { return self }
        var numbers = [UInt8](repeating: 0, count: classes)
        for (number, label) in kept.enumerated() { numbers[label] = UInt8(number) }
        return ImageSet(
            name: name, channels: channels, height: height, width: width, classes: kept.count, part: part,
            images: ImagePart(pixels: images.pixels, labels: images.labels.map { numbers[Int($0)] }), mean: mean,
            deviation: deviation, cropPadding: cropPadding, flips: flips,
            fileLabels: kept.map { fileLabels?[$0] ?? UInt8($0) })
    }

    /// What a person has to know of the classes; nil where every label up to the largest has images.
    package var labelNote: String? {
        if let fileLabels {
            return "labels \(Self.list(fileLabels.map(Int.init))) of the files are classes 0 to \(classes - 1)"
        }
        let empty = emptyClasses
        guard !empty.isEmpty else { return nil }
        return
            "\(empty.count) of \(classes) classes \(empty.count == 1 ? "has" : "have") no image (\(Self.list(empty))): nothing can be "
            + "learned of \(empty.count == 1 ? "it" : "them"); --labels compact numbers the \(classes - empty.count) others anew"
    }

    /// Numbers with commas, runs of more than two as their ends.
    private static func list(_ numbers: [Int]) -> String {
        var runs: [ClosedRange<Int>] = []
        for number in numbers {
            if let last = runs.last, last.upperBound + 1 == number {
                runs[runs.count - 1] = last.lowerBound...number
            } else {
                runs.append(number...number)
            }
        }
        return runs.map { run in
            run.count > 2 ? "\(run.lowerBound) to \(run.upperBound)" : run.map(String.init).joined(separator: ", ")
        }.joined(separator: ", ")
    }

    /// Most classes of a data set whose labels are taken as they are: a label far beyond all others is more likely a mistake.
    private static let mostClasses = 100

    /// - Parameter source: what errors call the data set.
    /// - Throws: `UserError` (data) for fewer than two classes with images, or more classes than are taken.
    func checkClasses(source: String) throws(UserError) {
        let sizes = classSizes
        let present = sizes.indices.filter { sizes[$0] > 0 }
        guard present.count > 1 else {
            let only = present.first.map { fileLabels.map { labels in Int(labels[0]) } ?? $0 } ?? 0
            throw UserError(
                .data, "\(source): fewer than two classes: all \(images.count) labels are \(only)")
        }
        guard classes <= Self.mostClasses else {
            let place = images.labels.firstIndex { Int($0) >= Self.mostClasses } ?? 0
            let remedy =
                present.count <= Self.mostClasses
                ? "; --labels compact numbers the \(present.count) classes that have images anew"
                : ", and \(present.count) classes have images: \(Self.mostClasses) are the most"
            throw UserError(
                .data,
                "\(source): label \(images.labels[place]) of image \(place) is over \(Self.mostClasses - 1)\(remedy)")
        }
    }
}

extension ImageForm {
    /// The class of a label in the files of the data set; nil where no training image had it.
    func number(ofFileLabel label: UInt8) -> UInt8? {
        guard let fileLabels else { return Int(label) < classes ? label : nil }
        return fileLabels.firstIndex(of: label).map(UInt8.init)
    }
}
