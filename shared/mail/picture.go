package mail

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"

	"rsc.io/qr"
)

// The PNG of a code: each of its squares is as many pixels wide and high as a byte has bits, with a white margin around. So a
// row of squares is a few bytes, followed by "the same again" (RFC 1951's matches).
const (
	square = 8
	margin = 4 // squares
	adler  = 65521
)

// picture draws the code. The library's own PNG of it takes ten times as long.
func picture(code *qr.Code) []byte {
	size := code.Size + 2*margin
	file := append(make([]byte, 0, 1024), "\x89PNG\r\n\x1a\n"...)
	header := binary.BigEndian.AppendUint32(nil, uint32(size*square))
	header = binary.BigEndian.AppendUint32(header, uint32(size*square))
	file = appendChunk(file, "IHDR", append(header, 1, 0, 0, 0, 0)) // one bit a pixel, which is its grey; 0 is black
	d := deflater{out: append(make([]byte, 0, 1024), 0x78, 1), one: 1}
	d.write(0b011, 3) // the last block, with fixed codes
	row := make([]byte, 1+size)
	for y := range size {
		for x := range size {
			row[1+x] = 0xff
			if code.Black(x-margin, y-margin) {
				row[1+x] = 0
			}
		}
		d.rows(row, square)
	}
	d.write(0, 7) // the end of the block
	d.write(0, (8-d.count)%8)
	file = appendChunk(file, "IDAT", binary.BigEndian.AppendUint32(d.out, d.two<<16|d.one))
	return appendChunk(file, "IEND", nil)
}

func appendChunk(file []byte, kind string, data []byte) []byte {
	file = binary.BigEndian.AppendUint32(file, uint32(len(data)))
	start := len(file)
	file = append(append(file, kind...), data...)
	return binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE(file[start:]))
}

// deflater compresses rows of bytes that are 0 or 0xff. One and two are the sums of Adler-32 (RFC 1950).
type deflater struct {
	out      []byte
	waiting  uint64 // bits that don't make a byte yet, the next one lowest
	count    uint   // how many
	one, two uint32
}

func (d *deflater) write(value uint64, count uint) {
	d.waiting |= value << d.count
	for d.count += count; d.count >= 8; d.count -= 8 {
		d.out = append(d.out, byte(d.waiting))
		d.waiting >>= 8
	}
}

// code writes a Huffman code, whose highest bit comes first.
func (d *deflater) code(value uint16, count uint) {
	d.write(uint64(bits.Reverse16(value)>>(16-count)), count)
}

// rows writes the row so many times.
func (d *deflater) rows(row []byte, times int) {
	for _, b := range row {
		if b == 0 {
			d.write(0b00001100, 8)
		} else {
			d.write(0b111111111, 9)
		}
	}
	for left := (times - 1) * len(row); left > 0; {
		length := min(left, 258)
		if rest := left - length; rest == 1 || rest == 2 { // too short for a match of its own
			length -= 2
		}
		d.match(uint(length), uint(len(row)))
		left -= length
	}
	sum, sums := uint32(0), uint32(0) // what the row adds to one, and to two if one is 0
	for _, b := range row {
		sum += uint32(b)
		sums += sum
	}
	for range times {
		d.one, d.two = (d.one+sum)%adler, (d.two+uint32(len(row))*d.one+sums)%adler
	}
}

// match says that so many bytes, 3 to 258, are those that came distance bytes before, which is at least 5. Bits of both follow
// their codes, except those that the code tells.
func (d *deflater) match(length, distance uint) {
	symbol, rest := 28+257, uint(0)
	extra := uint(0)
	if l := length - 3; l < 8 {
		symbol = 257 + int(l)
	} else if length < 258 {
		extra = uint(bits.Len(l)) - 3
		symbol, rest = 261+int(4*extra+l>>extra&3), l&(1<<extra-1)
	}
	if symbol < 280 {
		d.code(uint16(symbol-256), 7)
	} else {
		d.code(uint16(0xc0+symbol-280), 8)
	}
	d.write(uint64(rest), extra)
	before := distance - 1
	extra = uint(bits.Len(before)) - 2
	d.code(uint16(2*extra+2+before>>extra&1), 5)
	d.write(uint64(before&(1<<extra-1)), extra)
}
