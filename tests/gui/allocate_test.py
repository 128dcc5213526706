"""Allocating and freeing by mouse and key: the block is in the app's state and in the pixels."""

import unittest

import map_pixels as pixels
from harness import WindowTest, address, block_named, heap_is_empty, selected_block, xdotool


class AllocateTest(WindowTest):
    def setUp(self):
        super().setUp()
        self.start("--theme", "dark")

    def press_and_wait(self, key, what, predicate):
        self.app.key(key)
        return self.app.wait_for(what, predicate)

    def test_malloc_of_a_typed_size_is_drawn_with_its_padding(self):
        state = self.app.malloc("100")
        block = block_named(state, "p")
        self.assertEqual(block["requested"], 100)
        self.assertEqual(block["size"], 32 + 112)
        self.assertTrue(block["used"])
        self.assertEqual(block["address"], state["heap"]["start"])
        self.assertEqual(address(state["heap"]["break"]) - address(state["heap"]["start"]), 144)
        self.assertEqual(selected_block(state)["name"], "p")
        self.app.wait_for_pixels("a blue block with a hatched end",
                                 lambda image: pixels.is_blue(image, state, block)
                                 and pixels.is_hatched(image, state, block))
        self.quit()

    def test_presets_and_calloc(self):
        self.app.click("preset:256")
        self.app.click("malloc")
        self.app.wait_for("p of 256 bytes", lambda s: block_named(s, "p"))
        self.app.click("preset:1K")
        self.app.click("calloc")
        self.app.wait_for("q of 1 KiB", lambda s: block_named(s, "q"))
        self.app.click("preset:16")
        self.app.click("malloc")
        state = self.app.wait_for("r of 16 bytes", lambda s: block_named(s, "r"))
        self.assertEqual([block["requested"] for block in state["blocks"]], [256, 1024, 16])
        self.assertEqual(state["verdict"]["state"], "equal")
        self.quit()

    def test_the_empty_heaps_button_allocates(self):
        self.app.click("preset:64")
        self.app.click("empty:malloc")
        state = self.app.wait_for("p of 64 bytes", lambda s: block_named(s, "p"))
        self.assertEqual(block_named(state, "p")["requested"], 64)
        self.quit()

    def test_a_freed_block_between_others_is_hollow_and_reused(self):
        self.app.malloc("160")
        state = self.app.malloc("64")
        first = block_named(state, "p")
        self.app.click_at(*pixels.middle(pixels.payload(state, first)))
        self.app.wait_for("p selected", lambda s: s["selected"] == first["address"])
        self.app.click("free")
        state = self.app.wait_for("p free", lambda s: s["totals"]["free_blocks"] == 1)
        self.assertFalse(state["blocks"][0]["used"])
        self.assertEqual(state["totals"]["used_blocks"], 1)
        hole = state["blocks"][0]
        self.app.wait_for_pixels("a hollow block", lambda image: pixels.is_hollow(image, state, hole))
        state = self.app.malloc("150")
        self.assertEqual(state["selected"], hole["address"])
        self.assertEqual(state["totals"]["free_blocks"], 0)
        self.quit()

    def test_a_pool_grows_by_a_block_and_gives_all_back(self):
        self.app.click("pool")
        self.app.click("pool_create")
        state = self.app.wait_for("the pool's block", lambda s: block_named(s, "P"))
        self.assertTrue(block_named(state, "P")["pool"])
        self.assertEqual(selected_block(state)["name"], "P")
        for _ in range(17):
            before = self.app.state()["position"]
            self.app.click("pool_alloc")
            self.app.wait_for("an object more", lambda s, n=before: s["position"] > n)
        state = self.app.wait_for("a second block", lambda s: s["totals"]["pool_blocks"] == 2)
        self.assertEqual(state["message"], "pool_alloc(P)")
        self.app.click("pool_free")
        self.app.wait_for("a free slot", lambda s: s["message"] == "a slot is free")
        # A slot is chosen by a click on it, and freed alone.
        state = self.app.wait_for_frame() or self.app.state()
        before = state["position"]
        block = block_named(state, "P")
        slot = address(block["address"]) + block["size"] - 10  # in the last one
        left, top, right, bottom = pixels.rectangle(state, slot, slot + 1)
        self.app.click_at(round(left), round((top + bottom) / 2))
        self.app.wait_for("P chosen", lambda s: s["selected"] == block["address"])
        self.app.key("f")
        self.app.wait_for("that slot free", lambda s: s["position"] > before and s["message"] == "a slot is free")
        self.app.key("f")
        self.app.wait_for("it is free already", lambda s: "that slot is free" in s["message"])
        self.app.wait_for("map = heap", lambda s: s["verdict"]["state"] == "equal")
        self.app.click("pool_destroy")
        self.app.wait_for("no block", heap_is_empty)
        self.quit()

    def test_realloc_of_the_selected_block_keeps_its_name(self):
        self.app.malloc("100")
        state = self.app.malloc("50")
        self.app.key("Left")
        self.app.wait_for("p selected", lambda s: s["selected"] == block_named(s, "p")["address"])
        self.app.type_size("300")
        self.app.click("realloc")
        moved = self.app.wait_for("p of 300 bytes", lambda s: block_named(s, "p")["requested"] == 300)
        self.assertNotEqual(block_named(moved, "p")["address"], block_named(state, "p")["address"])
        self.assertEqual(block_named(moved, "q"), block_named(state, "q"))
        self.assertEqual(moved["selected"], block_named(moved, "p")["address"])
        self.app.type_size("290")
        self.app.click("realloc")
        shrunk = self.app.wait_for("p of 290 bytes", lambda s: block_named(s, "p")["requested"] == 290)
        self.assertEqual(block_named(shrunk, "p")["address"], block_named(moved, "p")["address"])
        self.quit()

    def test_undo_goes_back_click_by_click(self):
        self.app.malloc("100")
        self.app.malloc("200")
        self.press_and_wait("Delete", "q free", lambda s: not block_named(s, "q"))
        self.app.click("undo")
        state = self.app.wait_for("q back", lambda s: block_named(s, "q"))
        self.assertEqual(block_named(state, "q")["requested"], 200)
        self.press_and_wait("ctrl+z", "q never allocated", lambda s: not block_named(s, "q"))
        self.press_and_wait("u", "p never allocated", heap_is_empty)
        self.press_and_wait("u", "a message that nothing is left",
                            lambda s: "nothing to undo" in s["message"])
        self.quit()

    def test_delete_of_the_last_block_moves_the_break_back(self):
        empty = self.app.wait_for("an empty heap", heap_is_empty)
        self.app.malloc("100")
        state = self.press_and_wait("Delete", "the break at the start", heap_is_empty)
        self.assertEqual(state["stats"]["frees"], 1)
        self.assertIsNone(state["selected"])
        if address(empty["heap"]["start"]):
            self.assertEqual(state["heap"]["start"], empty["heap"]["start"])
        self.quit()

    def test_the_break_goes_back_over_all_free_blocks_at_the_end(self):
        self.app.malloc("100")
        middle = address(self.app.malloc("200")["selected"])
        self.app.malloc("300")
        self.app.key("Left")
        self.app.wait_for("q selected", lambda s: address(s["selected"] or "0x0") == middle)
        self.press_and_wait("f", "a hole", lambda s: s["totals"]["free_blocks"] == 1)
        self.app.key("Right")
        self.app.wait_for("r selected", lambda s: s["selected"] == block_named(s, "r")["address"])
        state = self.press_and_wait("BackSpace", "two blocks gone", lambda s: len(s["blocks"]) == 1)
        self.assertEqual(address(state["heap"]["break"]), middle)
        self.quit()

    def test_the_context_menu_frees(self):
        state = self.app.malloc("200")
        block = block_named(state, "p")
        self.app.click_at(*pixels.middle(pixels.payload(state, block)), button=3)
        self.app.click("menu:free")
        self.app.wait_for("an empty heap", heap_is_empty)
        self.quit()

    def test_escape_closes_the_context_menu(self):
        state = self.app.malloc("200")
        block = block_named(state, "p")
        self.app.click_at(*pixels.middle(pixels.payload(state, block)), button=3)
        self.app.wait_for("the menu", lambda s: "menu:free" in s["targets"])
        self.app.key("Escape")
        state = self.app.wait_for("no menu", lambda s: "menu:free" not in s["targets"])
        self.assertEqual(len(state["blocks"]), 1, "and nothing of it was chosen")
        self.quit()

    def test_keys_allocate_and_enter_in_the_field_does_too(self):
        self.app.click("preset:64")
        self.press_and_wait("m", "p", lambda s: block_named(s, "p"))
        self.press_and_wait("c", "q", lambda s: block_named(s, "q"))
        self.app.type_size("77")
        state = self.press_and_wait("Return", "r", lambda s: block_named(s, "r"))
        self.assertEqual(block_named(state, "r")["requested"], 77)
        self.app.wait_for("the keys given back", lambda s: not s["typing"])
        self.press_and_wait("f", "r free", lambda s: not block_named(s, "r"))
        self.quit()

    def test_keys_tapped_for_less_than_a_frame_are_seen_by_the_field(self):
        self.app.type_size("777")
        xdotool("key", "--delay", "0", "BackSpace")
        self.app.wait_for_frame()
        xdotool("key", "--delay", "0", "Return")
        state = self.app.wait_for("p", lambda s: block_named(s, "p"))
        self.assertEqual(block_named(state, "p")["requested"], 77)
        self.quit()


class BadInputTest(WindowTest):
    BAD_SIZES = {"9223372036854775808": "is too large",
                 "99999999999999999999999": "is too large"}

    def test_the_field_takes_only_what_a_size_has(self):
        app = self.start()
        for typed, size in (("-1z2f", 12), ("0x2gf", 47), ("1kk", 1024)):
            before = app.state()["stats"]["mallocs"]
            app.type_size(typed)
            app.click("malloc")
            state = app.wait_for("an allocation", lambda s, n=before: s["stats"]["mallocs"] == n + 1
                                 and selected_block(s))
            self.assertEqual(selected_block(state)["requested"], size, typed)
        self.quit()

    def test_bad_sizes_are_refused_with_a_message(self):
        app = self.start()
        for text, words in self.BAD_SIZES.items():
            app.type_size(text)
            app.click("malloc")
            app.wait_for(f"a message about {text}",
                         lambda s: words in s["message"] and text in s["message"])
        state = app.state()
        self.assertEqual(state["stats"]["mallocs"], 0)
        self.assertTrue(heap_is_empty(state))
        app.malloc("10")  # and the app goes on
        self.quit()

    def test_more_memory_than_there_is_fails_with_a_message(self):
        app = self.start()
        app.malloc("10")
        app.type_size("1000G")
        app.click("malloc")
        state = app.wait_for("a message that memory is short", lambda s: "no memory" in s["message"])
        self.assertEqual(len(state["blocks"]), 1)
        self.assertEqual(state["stats"]["failed"], 1)
        self.assertEqual(state["verdict"]["state"], "equal")
        self.quit()

    def test_free_and_realloc_without_a_selection_say_so(self):
        app = self.start()
        app.key("f")
        app.wait_for("a message", lambda s: "Nothing is selected" in s["message"])
        app.malloc("10")
        app.key("Escape")
        app.wait_for("nothing selected", lambda s: s["selected"] is None)
        for button in ("free", "realloc"):
            app.click(button)
            app.wait_for("a message", lambda s: "Nothing is selected" in s["message"])
        app.holds("the block stays", lambda s: len(s["blocks"]) == 1 and s["blocks"][0]["requested"] == 10)
        self.quit()


if __name__ == "__main__":
    unittest.main()
