import SearchSpace
import Tensors

extension MixtureTensors {
    /// Z of a group's shards: tables of shards x entries, whose gradients are each shard's credits, and for every entry a tensor by
    /// image. An operation is left out where no shard has it.
    ///
    /// - Parameter mixtures: one a shard.
    init(
        _ mixtures: [EdgeTable<Float>], imageCount: Int, precision: Precision, device: ComputeDevice
    ) throws(TorchError) {
        let shape = mixtures[0].shape
        if mixtures.count == 1 {
            try self.init(mixtures[0], cells: nil, precision: precision, device: device)
            return
        }
        var tables: [Tensor] = []
        var columns: [[Tensor]] = []
        for kind in shape.kinds {
            let count = mixtures[0][kind].count
            let table = try Tensor(
                mixtures.flatMap { $0[kind] }, shape: [mixtures.count, count], precision: precision, device: device
            ).leaf()
            tables.append(table)
            columns.append(try table.columns(count, images: imageCount))
        }
        let largest = (0..<shape.count).map { entry in mixtures.reduce(0) { max($0, abs($1.entries[entry])) } }
        self.init(leaves: tables, kinds: shape.kinds, scalars: columns, values: EdgeTable(shape, largest))
    }
}
