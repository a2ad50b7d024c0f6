/// Where an operation stands, as far as that decides how long it takes: edges of many cells are one place.
package struct OperationPlace: Sendable, Hashable {
    /// C of the cell: what the operation reads and writes.
    package let channels: Int
    /// Of what the operation writes.
    package let height: Int
    package let width: Int
    /// 1 or 2.
    package let stride: Int

    package init(channels: Int, height: Int, width: Int, stride: Int) {
        self.channels = channels
        self.height = height
        self.width = width
        self.stride = stride
    }

    /// Of an edge of a cell.
    ///
    /// - Parameter source: the node that the edge reads.
    package init(from source: Int, in cell: CellPlan) {
        self.init(
            channels: cell.channels, height: cell.outputHeight, width: cell.outputWidth,
            stride: cell.stride(from: source))
    }

    /// For sentences.
    package var words: String { "\(channels) channels, \(height) x \(width), stride \(stride)" }
}

/// What operations cost of a resource that is measured and not counted: a table of one network, whatever the resource is. `none`
/// costs nothing at any place.
package struct MeasuredCosts: Sendable, Equatable {
    /// An operation at a place.
    package struct Entry: Sendable, Hashable {
        package let operation: Operation
        package let place: OperationPlace

        package init(_ operation: Operation, at place: OperationPlace) {
            self.operation = operation
            self.place = place
        }
    }

    /// What was measured.
    package let resource: Resource
    /// Of the network that keeps `none` on every edge, in the resource's unit.
    package let fixed: Int
    /// In the resource's unit.
    package let costs: [Entry: Int]

    package init(_ resource: Resource, fixed: Int, costs: [Entry: Int]) {
        self.resource = resource
        self.fixed = fixed
        self.costs = costs
    }

    /// Nil where the table says nothing of it.
    package subscript(operation: Operation, place: OperationPlace) -> Int? {
        operation == .none ? 0 : costs[Entry(operation, at: place)]
    }

    /// What the table lacks of a network's entries, in their order.
    package func holes(in plan: NetworkPlan) -> [Entry] {
        plan.measuredEntries.filter { self[$0.operation, $0.place] == nil }
    }

    /// Of a network whose cells need not be of the space that was measured; nil where the table lacks one of its operations.
    package func amount(of network: DerivedPlan) -> Int? {
        var sum = fixed
        for cell in network.cells {
            for choice in network.genotype[cell.kind] {
                guard let cost = self[choice.operation, OperationPlace(from: choice.from, in: cell)] else { return nil }
                sum += cost
            }
        }
        return sum
    }
}

extension NetworkPlan {
    /// Every operation that an edge may keep, at every place where one may: each once, in the order of the cells and of the
    /// operations. 40 of the papers' space: three stages of stride 1, two reductions of stride 2, eight operations.
    package var measuredEntries: [MeasuredCosts.Entry] {
        var operations: [OperationPlace: Set<Operation>] = [:]
        var places: [OperationPlace] = []
        for cell in cells {
            for edge in space.topology(cell.kind).edges {
                let place = OperationPlace(from: edge.from, in: cell)
                if operations[place] == nil { places.append(place) }
                operations[place, default: []].formUnion(space.candidates(cell.kind, edge))
            }
        }
        return places.flatMap { place in
            Operation.allCases.filter { operations[place]?.contains($0) == true }
                .map { MeasuredCosts.Entry($0, at: place) }
        }
    }
}

extension OperationCost {
    /// With what was measured of the same operation.
    ///
    /// Precondition: the table has it.
    func adding(_ measured: MeasuredCosts?, of operation: Operation, at place: OperationPlace) -> OperationCost {
        guard let measured else { return self }
        guard let amount = measured[operation, place] else { preconditionFailure("a table with a hole") }
        var sum = self
        sum[measured.resource] += amount
        return sum
    }
}
