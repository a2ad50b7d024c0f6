/// The script of a page, from the parts beside this file: plain functions, without a library.
enum PageScript {
    static let text =
        "\n'use strict';\n"
        + [elements, values, frame, charts, panels, heatMap, cells, tables, live, start].joined(separator: "\n")
}
