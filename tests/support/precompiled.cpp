// What most tests include, compiled once for a tree of sanitized tests.
