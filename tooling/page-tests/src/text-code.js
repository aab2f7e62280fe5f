/** Tries what the content security policy of the page forbids, so that a policy that is not in force is noticed. */
export function answer() {
  try {
    return new Function('return 42')();
  } catch (error) {
    return error.name;
  }
}
