/** C expressions that add three bits of the same weight in every lane of a word: a full adder in five operations. */

/** The bit of that weight. */
export const sum3 = (a: string, b: string, c: string): string => `${a} ^ ${b} ^ ${c}`;

/** The bit of twice that weight. */
export const carry3 = (a: string, b: string, c: string): string => `(${a} & ${b}) | ((${a} ^ ${b}) & ${c})`;
