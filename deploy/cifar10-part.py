#!/usr/bin/env python3
"""Writes a part of CIFAR-10, as many images of each class, in the data set's binary layout.

    deploy/cifar10-part.py SOURCE TARGET TRAIN TEST      TRAIN and TEST: images of each class

SOURCE is a folder of the binary layout (data_batch_1.bin to data_batch_5.bin, test_batch.bin), or one of image files,
{train,test}/<class>/<name> (this needs Pillow). Takes the first images of each class, in the order of the files or of their
names, and deals the classes in turn, so that every file holds as many of each. Both parts come from SOURCE: training images
of one encoding and test images of another would measure the encoding.
"""
import pathlib
import sys

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
SIDE = 32
RECORD = 1 + 3 * SIDE * SIDE
BATCHES = 5


def from_binary(files, each):
    """The pixels of the first `each` images of every class, from files of records: one label byte, then the planes R, G, B."""
    found = [[] for _ in CLASSES]
    for file in files:
        whole = file.read_bytes()
        for start in range(0, len(whole) - RECORD + 1, RECORD):
            label = whole[start]
            if label >= len(CLASSES):
                sys.exit(f"{file}: the record at byte {start} has label {label}; CIFAR-10 has 0 to {len(CLASSES) - 1}")
            if len(found[label]) < each:
                found[label].append(whole[start + 1 : start + RECORD])
    return found


def from_images(folder, each):
    """The same from image files: a folder for each class."""
    try:
        from PIL import Image
    except ImportError:
        sys.exit("image files are read by Pillow: python3 -m venv FOLDER, then FOLDER/bin/pip install pillow")
    found = []
    for name in CLASSES:
        planes = []
        for file in sorted((folder / name).glob("*.*"))[:each]:
            image = Image.open(file).convert("RGB")
            if image.size != (SIDE, SIDE):
                sys.exit(f"{file}: {image.size[0]} x {image.size[1]} pixels; CIFAR-10 has {SIDE} x {SIDE}")
            planes.append(b"".join(channel.tobytes() for channel in image.split()))
        found.append(planes)
    return found


def records(source, part, each):
    """`each` records of every class, the classes in turn."""
    if (source / "test_batch.bin").exists():
        training = [source / f"data_batch_{number}.bin" for number in range(1, BATCHES + 1)]
        found = from_binary(training if part == "train" else [source / "test_batch.bin"], each)
    else:
        found = from_images(source / part, each)
    for label, planes in enumerate(found):
        if len(planes) < each:
            sys.exit(f"{source}, {part}: {len(planes)} images of class {CLASSES[label]}; {each} were asked for")
    return [bytes([label]) + found[label][number] for number in range(each) for label in range(len(CLASSES))]


def main():
    if len(sys.argv) != 5 or not all(count.isdecimal() and int(count) > 0 for count in sys.argv[3:]):
        sys.exit("usage: cifar10-part.py SOURCE TARGET TRAIN TEST (images of each class; TRAIN a multiple of 5)")
    source, target, train, test = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    if train % BATCHES:
        sys.exit(f"{train} training images of each class do not part evenly into {BATCHES} files")
    training, testing = records(source, "train", train), records(source, "test", test)
    target.mkdir(parents=True, exist_ok=True)
    share = len(training) // BATCHES
    for number in range(BATCHES):
        part = training[number * share : (number + 1) * share]
        (target / f"data_batch_{number + 1}.bin").write_bytes(b"".join(part))
    (target / "test_batch.bin").write_bytes(b"".join(testing))
    (target / "batches.meta.txt").write_text("".join(f"{name}\n" for name in CLASSES))


main()
