# How each dependency is found. DESIGN: the system's package first.
find_package(Threads REQUIRED)
