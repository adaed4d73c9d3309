"""What scripts/test-all reads out of other runners' output."""
import contextlib
import importlib.machinery
import importlib.util
import io
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
PLACE = pathlib.Path(__file__).resolve().parent.parent / 'test-all'
sys.path.insert(0, str(PLACE.parent))
LOADER = importlib.machinery.SourceFileLoader('test_all', str(PLACE))
MODULE = importlib.util.module_from_spec(importlib.util.spec_from_loader('test_all', LOADER))
LOADER.exec_module(MODULE)


class Reading(unittest.TestCase):
    def test_the_last_plain_line_counts(self):
        text = 'demo: 1 passed, 0 failed\nskipped: no chromium\n3 passed, 1 failed, 2 skipped\n'
        self.assertEqual(MODULE.plain_counts(text), (3, 1, ['no chromium', 'no reason given']))
        self.assertEqual(MODULE.plain_counts('3 passed, 0 failed'), (3, 0, []))
        self.assertIsNone(MODULE.plain_counts('all good'))

    def test_lines_of_accept_list_say_what_runs_beside_the_others(self):
        text = '# a comment\nmcp\ndemo --no-make  # the guided tour\nslow --min 0.9 there &\n\n'
        self.assertEqual(MODULE.accept_lines(text),
                         [(['mcp'], False), (['demo', '--no-make'], False), (['slow', '--min', '0.9', 'there'], True)])

    def test_both_faces_of_the_node_runner(self):
        tap = 'ok 1 - a\nok 2 - b # SKIP no browser\n# pass 1\n# fail 0\n# cancelled 0\n# skipped 1\n# todo 0\n'
        self.assertEqual(MODULE.node_counts(tap), (1, 0, ['no browser']))
        people = '✔ a (1ms)\n﹣ b (0.2ms) # no browser\nℹ pass 1\nℹ fail 1\nℹ cancelled 1\nℹ skipped 1\nℹ todo 0\n'
        self.assertEqual(MODULE.node_counts(people), (1, 2, ['no browser']))
        self.assertIsNone(MODULE.node_counts('nothing'))

    def test_doc_tests_are_summed_over_crates(self):
        text = ('test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured\n'
                'test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured\n')
        self.assertEqual(MODULE.cargo_counts(text), (4, 2, ['an example is marked `ignore`']))

    def test_unittest(self):
        self.assertEqual(MODULE.unittest_counts('Ran 5 tests in 0.1s\n\nFAILED (failures=1, errors=1, skipped=1)\n'), (2, 2, ['a test of scripts/']))
        self.assertEqual(MODULE.unittest_counts('Ran 1 test in 0.1s\n\nOK\n'), (1, 0, []))

    def test_a_passed_rust_test_that_says_skip_is_skipped(self):
        report = '''<testsuites><testsuite name="pve">
            <testcase name="a" classname="pve"/>
            <testcase name="b" classname="pve"><system-out>running 1 test
test b ... skipped: ../shared is absent
</system-out></testcase>
            <testcase name="c" classname="pve"><failure message="x"/><system-out>skipped: late</system-out></testcase>
        </testsuite></testsuites>'''
        self.assertEqual(MODULE.junit_rows(report), [('pve a', False, None), ('pve b', False, '../shared is absent'), ('pve c', True, 'late')])

    def test_a_web_file_that_cannot_be_loaded_is_a_failure(self):
        report = '''{"testResults": [
            {"name": "a.test.ts", "status": "failed", "message": "cannot find x", "assertionResults": []},
            {"name": "b.test.ts", "status": "passed", "assertionResults": [{"fullName": "b works", "status": "passed"}, {"fullName": "later", "status": "todo"}]}]}'''
        self.assertEqual(MODULE.vitest_rows(report), [('a.test.ts: cannot find x', 'failed'), ('b works', 'passed'), ('later', 'todo')])

    def test_requirements_of_a_script(self):
        script = '#!/usr/bin/env python3\n# /// script\n# dependencies = ["fakepve[crypto]==0.5.0", "requests"]\n# ///\nprint(1)\n'
        self.assertEqual(MODULE.script_requirements(script), ['fakepve[crypto]==0.5.0', 'requests'])
        self.assertEqual(MODULE.script_requirements('print(1)\n'), [])


class Verdict(unittest.TestCase):
    def close(self, code, counts):
        part = MODULE.Part('x')
        part.closing(code, counts)
        return part.passed, part.failures, part.skips

    def test_a_runner_that_fails_without_a_failed_test_is_a_failure(self):
        self.assertEqual(self.close(1, (3, 0, [])), (3, ['x: ended with exit code 1'], []))

    def test_a_runner_that_runs_nothing_is_a_failure(self):
        self.assertEqual(self.close(0, (0, 0, [])), (0, ['x: ran no test'], []))

    def finish(self, shared, skips):
        part = MODULE.Part('rust')
        part.passed, part.skips = 2, skips
        before, MODULE.SHARED = MODULE.SHARED, pathlib.Path(shared)
        out = io.StringIO()
        try:
            with contextlib.redirect_stdout(out):
                code = MODULE.summary([part])
        finally:
            MODULE.SHARED = before
        return code, out.getvalue().splitlines()[-1]

    def test_a_skip_fails_only_where_the_reference_material_exists(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(self.finish(folder, ['why']), (1, '2 passed, 0 failed, 1 skipped'))
            self.assertEqual(self.finish(folder + '/absent', ['why']), (0, '2 passed, 0 failed, 1 skipped'))
            self.assertEqual(self.finish(folder, []), (0, '2 passed, 0 failed, 0 skipped'))


if __name__ == '__main__':
    unittest.main()
