// What most tests include is compiled once, for this program.
int main() {
  return 0;
}
