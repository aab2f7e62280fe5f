/** The two checksums of FLAC frames: CRC-8 (x^8 + x^2 + x + 1) of the header, CRC-16 (x^16 + x^15 + x^2 + 1) of the whole frame; both start at 0. */

const TABLE_8 = table(8, 0x07);
const TABLE_16 = table(16, 0x8005);

/** CRC-8 of bytes [from, to). Over a header and its checksum it is 0. */
export function crc8(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let index = from; index < to; index++) crc = TABLE_8[crc ^ bytes[index]];
  return crc;
}

/** CRC-16 of bytes [from, to). Over a frame and its checksum it is 0. */
export function crc16(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let index = from; index < to; index++) crc = ((crc << 8) & 0xffff) ^ TABLE_16[(crc >>> 8) ^ bytes[index]];
  return crc;
}

function table(width: number, polynomial: number): Uint16Array {
  const top = 1 << (width - 1);
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << (width - 8);
    for (let bit = 0; bit < 8; bit++) crc = (crc & top ? (crc << 1) ^ polynomial : crc << 1) & ((top << 1) - 1);
    return crc;
  });
}
