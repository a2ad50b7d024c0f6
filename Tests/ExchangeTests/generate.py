"""generate.py > GoldenEvents.swift: event files' bytes as the tensorboard package writes them (pip install tensorboard; tried with 2.21)."""

import io

from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c
from tensorboard.summary.writer.record_writer import RecordWriter

TIME = 1_700_000_000.25


def record(event):
    file = io.BytesIO()
    RecordWriter(file).write(event.SerializeToString())
    return file.getvalue()


def scalars(step, values):
    summary = summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=tag, simple_value=value) for tag, value in values])
    return event_pb2.Event(wall_time=TIME, step=step, summary=summary)


def histogram(step, tag, values, limits, counts):
    message = summary_pb2.HistogramProto(
        min=min(values), max=max(values), num=len(values), sum=sum(values), sum_squares=sum(v * v for v in values),
        bucket_limit=limits, bucket=counts,
    )
    summary = summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=tag, histo=message)])
    return event_pb2.Event(wall_time=TIME, step=step, summary=summary)


def words(data):
    text = data.hex()
    lines = [text[place : place + 96] for place in range(0, len(text), 96)]
    return "\n            + ".join(f'"{line}"' for line in lines)


GOLDEN = {
    "version": record(event_pb2.Event(wall_time=TIME, file_version="brain.Event:2")),
    "scalars": record(scalars(300, [("iter_train_loss", 0.1), ("nothing", 0.0), ("iter_learning_rate", -2.5e-3)])),
    "firstStep": record(scalars(0, [("iter_train_loss", 2.25)])),
    "histogram": record(
        histogram(7, "normal_probabilities", [0.25, 0.3, 0.5, 0.75], [0.25, 0.5, 0.75], [1.0, 2.0, 1.0])
    ),
}
CHECKS = [b"", b"123456789", bytes(range(256))]

print("/// Bytes that the tensorboard package wrote: `generate.py` makes this file.\nenum GoldenEvents {")
for name, data in GOLDEN.items():
    print(f"    static let {name} =\n        {words(data)}\n")
print("    static let maskedChecks: [(bytes: [UInt8], check: UInt32)] = [")
for data in CHECKS:
    content = "Array(0...255)" if len(data) == 256 else str(list(data))
    print(f"        ({content}, {masked_crc32c(data):_}),")
print("    ]\n}")
