"""A process that renders one SVG and ends: resvg holds the interpreter while it works.

In: SVG. Out: PNG, as wide and as high as the two arguments say. Run as a file: it imports nothing of ours.
"""

import sys

import resvg_py


def main() -> None:
    wide, high = map(int, sys.argv[1:])
    picture = sys.stdin.buffer.read().decode()
    data = resvg_py.svg_to_bytes(svg_string=picture, width=wide, height=high, skip_system_fonts=True)
    sys.stdout.buffer.write(bytes(data))


if __name__ == "__main__":
    main()
