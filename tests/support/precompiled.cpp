// What most tests include is compiled once, for this program, in a tree of sanitized tests.
int main() {
  return 0;
}
