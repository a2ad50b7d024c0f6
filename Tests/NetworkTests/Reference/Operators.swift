#if canImport(Glibc)
    import Glibc
#endif

/// The operators of the search space in Double, as loops that can be read: what kernels and libtorch are compared with. Nobody
/// else's rounding, processor or version has a say in it.
extension Tape {
    func relu(_ input: Variable) -> Variable {
        append(input.size) { values in
            for place in 0..<values.count { values[place] = max(0, input.values[place]) }
        } back: { values, gradient in
            for place in 0..<values.count where values[place] > 0 { input.gradient[place] += gradient[place] }
        }
    }

    /// Sum of weighted values; every weight is an entry of a parameter, or 1.
    func sum(_ terms: [(Variable, weight: (parameter: Parameter, place: Int)?)]) -> Variable {
        append(terms[0].0.size) { values in
            for (input, weight) in terms {
                let factor = weight.map { $0.parameter.values[$0.place] } ?? 1
                for place in 0..<values.count { values[place] += factor * input.values[place] }
            }
        } back: { values, gradient in
            for (input, weight) in terms {
                let factor = weight.map { $0.parameter.values[$0.place] } ?? 1
                for place in 0..<values.count { input.gradient[place] += factor * gradient[place] }
                guard let weight else { continue }
                for place in 0..<values.count {
                    weight.parameter.add(gradient[place] * input.values[place], to: weight.place)
                }
            }
        }
    }

    func sum(_ terms: [Variable]) -> Variable { sum(terms.map { ($0, weight: nil) }) }

    func zeros(_ size: MapSize) -> Variable {
        append(size) { _ in
        } back: { _, _ in
        }
    }

    /// Drop path: a factor for each image.
    func scaledImages(_ input: Variable, by mask: [Float]) -> Variable {
        let each = input.size.channels * input.size.pixels
        return append(input.size) { values in
            for place in 0..<values.count { values[place] = input.values[place] * Double(mask[place / each]) }
        } back: { values, gradient in
            for place in 0..<values.count { input.gradient[place] += gradient[place] * Double(mask[place / each]) }
        }
    }

    func concatenated(_ inputs: [Variable]) -> Variable {
        let channels = inputs.reduce(0) { $0 + $1.size.channels }
        let size = MapSize(
            images: inputs[0].size.images, channels: channels, height: inputs[0].size.height,
            width: inputs[0].size.width)
        /// Walks over all inputs: place there, place here.
        func walk(_ visit: (Variable, Int, Int) -> Void) {
            for image in 0..<size.images {
                var first = 0
                for input in inputs {
                    let count = input.size.channels * size.pixels
                    for place in 0..<count {
                        visit(input, image * count + place, (image * channels + first) * size.pixels + place)
                    }
                    first += input.size.channels
                }
            }
        }
        return append(size) { values in
            walk { input, there, here in values[here] = input.values[there] }
        } back: { _, gradient in
            walk { input, there, here in input.gradient[there] += gradient[here] }
        }
    }

    // MARK: Pools, 3 x 3 with padding 1

    func maxPooled(_ input: Variable, stride: Int) -> Variable {
        let size = input.size.halved(stride)
        let chosen = Doubles(zeros: size.count)
        return append(size) { values in
            input.size.windows(stride) { here, places in
                var best = places[0]
                for place in places where input.values[place] > input.values[best] { best = place }
                values[here] = input.values[best]
                chosen[here] = Double(best)
            }
        } back: { values, gradient in
            for here in 0..<values.count { input.gradient[Int(chosen[here])] += gradient[here] }
        }
    }

    /// The padding is not counted.
    func averagePooled(_ input: Variable, stride: Int) -> Variable {
        append(input.size.halved(stride)) { values in
            input.size.windows(stride) { here, places in
                values[here] = places.reduce(0) { $0 + input.values[$1] } / Double(places.count)
            }
        } back: { _, gradient in
            input.size.windows(stride) { here, places in
                for place in places { input.gradient[place] += gradient[here] / Double(places.count) }
            }
        }
    }

    /// Means of windows without padding (the auxiliary head's pool).
    func windowMeans(_ input: Variable, kernel: Int, stride: Int) -> Variable {
        let side = (input.size.height - kernel) / stride + 1
        let size = MapSize(images: input.size.images, channels: input.size.channels, height: side, width: side)
        func walk(_ visit: (_ here: Int, _ there: Int) -> Void) {
            for here in 0..<size.count {
                let (plane, row, column) = (here / size.pixels, here % size.pixels / side, here % side)
                for y in 0..<kernel {
                    for x in 0..<kernel {
                        let there = (row * stride + y) * input.size.width + column * stride + x
                        visit(here, plane * input.size.pixels + there)
                    }
                }
            }
        }
        let share = 1 / Double(kernel * kernel)
        return append(size) { values in
            walk { here, there in values[here] += share * input.values[there] }
        } back: { _, gradient in
            walk { here, there in input.gradient[there] += share * gradient[here] }
        }
    }

    func globalMean(_ input: Variable) -> Variable {
        let (pixels, share) = (input.size.pixels, 1 / Double(input.size.pixels))
        let size = MapSize(images: input.size.images, channels: input.size.channels, height: 1, width: 1)
        return append(size) { values in
            for place in 0..<input.values.count { values[place / pixels] += share * input.values[place] }
        } back: { _, gradient in
            for place in 0..<input.values.count { input.gradient[place] += share * gradient[place / pixels] }
        }
    }

    // MARK: Loss

    /// Mean cross-entropy of logits; a share of `smoothing` of every label is spread over all classes.
    func crossEntropy(_ logits: Variable, labels: [Int32], smoothing: Double = 0) -> Variable {
        let classes = logits.size.channels
        let targets = labels.flatMap { label in
            (0..<classes).map { smoothing / Double(classes) + ($0 == Int(label) ? 1 - smoothing : 0) }
        }
        let shares = Doubles(zeros: logits.size.count)
        let images = Double(labels.count)
        return append(MapSize(images: 1, channels: 1, height: 1, width: 1)) { values in
            for image in labels.indices {
                let row = image * classes..<(image + 1) * classes
                let largest = row.reduce(-Double.infinity) { max($0, logits.values[$1]) }
                let total = row.reduce(0) { $0 + exp(logits.values[$1] - largest) }
                for place in row {
                    let logShare = logits.values[place] - largest - log(total)
                    shares[place] = exp(logShare)
                    values[0] -= targets[place] * logShare / images
                }
            }
        } back: { _, gradient in
            for place in 0..<shares.count {
                logits.gradient[place] += gradient[0] * (shares[place] - targets[place]) / images
            }
        }
    }
}

extension MapSize {
    /// Behind an operation of that stride which keeps the size at stride 1.
    func halved(_ stride: Int) -> MapSize {
        MapSize(
            images: images, channels: channels, height: (height + stride - 1) / stride,
            width: (width + stride - 1) / stride)
    }

    func with(channels: Int) -> MapSize {
        MapSize(images: images, channels: channels, height: height, width: width)
    }

    /// All 3 x 3 windows with padding 1: the place of the output, and the places of the input that it sees, in row order.
    func windows(_ stride: Int, _ visit: (_ here: Int, _ places: [Int]) -> Void) {
        let output = halved(stride)
        var places: [Int] = []
        for here in 0..<output.count {
            let (plane, row, column) = (
                here / output.pixels, here % output.pixels / output.width * stride, here % output.width * stride
            )
            places.removeAll(keepingCapacity: true)
            for y in max(0, row - 1)...min(height - 1, row + 1) {
                for x in max(0, column - 1)...min(width - 1, column + 1) {
                    places.append(plane * pixels + y * width + x)
                }
            }
            visit(here, places)
        }
    }
}
