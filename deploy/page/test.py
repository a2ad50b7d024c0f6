"""test.py PART WORK PICTURES AXE SNAS: looks at the pages that test.sh made, as a person with a browser would.

WORK has seed-2 (with report.html), seed-3, both.html and earlier; SNAS is the program. PICTURES is a folder for screenshots or empty, AXE the file of
axe-core or empty. Every check says what it saw; one that fails ends the program with 1."""

import json
import pathlib
import re
import subprocess
import sys
import threading
import time

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from served import ServedRun

part, work, pictures, axe, snas = sys.argv[1], pathlib.Path(sys.argv[2]), *sys.argv[3:6]
failures = []
SECONDS = 60


def check(what, is_so, seen=""):
    print(f"{'ok  ' if is_so else 'FAIL'} {what}{f': {seen}' if seen != '' else ''}")
    if not is_so:
        failures.append(what)


def browser():
    options = Options()
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


driver = browser()


def view(width, dark=False, height=900):
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
    driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})


def shot(name, width, dark=False):
    """A screenshot of the whole page, where they are wanted."""
    if not pictures:
        return
    height = driver.execute_script("return document.documentElement.scrollHeight")
    view(width, dark, min(height, 12000))
    time.sleep(0.5)
    driver.save_screenshot(f"{pictures}/{name}.png")
    view(width, dark)


def until(condition):
    """Waits for something that a page does by itself; whether it did within a minute."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.2)
    return False


def complaints():
    return [line["message"] for line in driver.get_log("browser") if line["level"] in ("SEVERE", "WARNING")]


def texts(selector):
    """Of all such elements, at one moment: a live page replaces them while one looks."""
    return driver.execute_script("return [...document.querySelectorAll(arguments[0])].map(one => one.innerText)", selector)


def text(selector):
    return " ".join(" ".join(texts(selector)).split())


def facts():
    """The names and values of the summary."""
    return dict(zip(texts("#summary dt"), texts("#summary dd")))


def lines(run, kind):
    text = (run / "metrics.jsonl").read_text()
    return [line for line in map(json.loads, text.splitlines()) if line["kind"] == kind]


def heat():
    return texts("#alpha td")


def figures_agree(run):
    status = json.loads((run / "status.json").read_text())
    progress, last = status["progress"], lines(run, "epoch")[-1]
    shown = facts()
    wanted = {
        "state": status["state"], "step": f"{progress['step']} of {progress['steps']}",
        "epoch": f"{progress['epoch']} of {progress['epochs']}", "loss": f"{progress['loss']:.4f}",
        "derived": f"{100 * last['derived']['accuracy']:.2f} %",
        "soft sample": f"{100 * last['soft']['accuracy']:.2f} % ± {100 * last['soft']['standard_error']:.2f}",
    }
    for name, value in wanted.items():
        check(f"the page's {name} is that of status.json and metrics.jsonl", shown.get(name) == value, shown.get(name))


def heat_agrees(run, epoch):
    """The table of alpha against the metrics' line of an epoch, cell by cell."""
    tables = lines(run, "epoch")[epoch]["probabilities"]
    wanted = [value for kind in tables.values() for edge in kind for value in edge.values()]
    seen = [float(value.removeprefix("• ")) / 100 for value in heat()]
    worst = max((abs(a - b) for a, b in zip(seen, wanted)), default=1)
    check(f"alpha's {len(wanted)} cells are those of epoch {epoch + 1} within what is written",
          len(seen) == len(wanted) and worst <= 0.0051, f"{worst:.4f}")


# MARK: One run


def one_run():
    run = work / "seed-2"
    view(1400)
    driver.get((run / "report.html").as_uri())
    figures_agree(run)
    charts = [one for one in driver.find_elements(By.CSS_SELECTOR, ".chart") if one.is_displayed()]
    check("there are curves", len(charts) >= 8, len(charts))
    ticks = [one.text for one in charts[0].find_elements(By.CSS_SELECTOR, ".tick")]
    check("an axis of epochs has round ticks", {"0", "1", "2", "3", "4", "epoch"} <= set(ticks), ticks)
    heat_agrees(run, 3)
    slider = driver.find_element(By.ID, "epoch")
    cell = text("#cells figcaption")
    slider.send_keys(Keys.HOME)
    check("the slider moves by the keyboard", slider.get_attribute("aria-valuetext") == "epoch 1 of 4",
          slider.get_attribute("aria-valuetext"))
    heat_agrees(run, 0)
    check("cells and curves follow it", text("#cells figcaption") != cell and "after epoch 1" in text("#cells figcaption")
          and len(driver.find_elements(By.CSS_SELECTOR, "#curves .cursor")) >= 6, text("#cells figcaption"))
    slider.send_keys(Keys.ARROW_RIGHT)
    heat_agrees(run, 1)
    slider.send_keys(Keys.END)
    heat_agrees(run, 3)
    pictures_there = driver.find_elements(By.CSS_SELECTOR, "#cells svg[role=img] desc")
    check("both cells are drawn and described", len(pictures_there) == 2)
    check("the command that makes it again is there", f"snas local --config {run}/configuration.yaml" in text("#commands"))
    fingerprint = json.loads((run / "genotype.json").read_text())["provenance"]["fingerprint"]
    check("its fingerprint is there", fingerprint in text("#origin"), fingerprint[:12])
    keyboard()
    theme()
    overflow()


def keyboard():
    """Tab reaches every control, in order, and each is seen to have the keyboard."""
    # Where the keyboard was last is where the next key begins: a page that was just opened begins at its top.
    driver.refresh()
    wanted = driver.execute_script(
        "return [...document.querySelectorAll('a[href], button, select, input, summary, [tabindex=\"0\"]')]"
        ".filter(one => one.checkVisibility()).length")
    body = driver.find_element(By.TAG_NAME, "body")
    seen, unseen = [], []
    for _ in range(wanted + 5):
        (driver.switch_to.active_element if seen else body).send_keys(Keys.TAB)
        now = driver.switch_to.active_element
        if now.id in seen or now.tag_name == "body":
            break
        seen.append(now.id)
        if driver.execute_script("return getComputedStyle(arguments[0]).outlineStyle", now) == "none":
            unseen.append(now.get_attribute("outerHTML")[:80])
    check("the Tab key reaches every link, button, choice, slider and table", len(seen) == wanted, f"{len(seen)} of {wanted}")
    check("what has the keyboard has a frame", not unseen, unseen or "")
    button = driver.find_element(By.CSS_SELECTOR, "#curves .legend button")
    before = len(driver.find_elements(By.CSS_SELECTOR, "#curves .chart:first-child path.line"))
    button.send_keys(Keys.SPACE)
    after = len(driver.find_elements(By.CSS_SELECTOR, "#curves .chart:first-child path.line"))
    check("a key in the legend hides a line", button.get_attribute("aria-pressed") == "false" and after == before - 1,
          f"{before} to {after}")
    button.send_keys(Keys.SPACE)
    folded = driver.find_element(By.CSS_SELECTOR, "#curves .chart summary")
    folded.send_keys(Keys.ENTER)
    check("a chart's figures open as a table",
          until(lambda: len(texts("#curves .chart:first-child details tbody tr")) == 4))
    folded.send_keys(Keys.ENTER)


def ground():
    return driver.execute_script("return getComputedStyle(document.body).backgroundColor")


def theme():
    view(1400, dark=True)
    check("dark where the system is dark", ground() == "rgb(20, 23, 26)", ground())
    choose = driver.find_element(By.CSS_SELECTOR, "header select")
    choose.send_keys("light")
    check("light where it is chosen", ground() == "rgb(255, 255, 255)", ground())
    choose.send_keys("as")
    view(1400)
    check("light where the system is light", ground() == "rgb(255, 255, 255)", ground())


def overflow():
    for width in (1400, 390) if part == "quick" else (1920, 1400, 1024, 768, 390, 320):
        view(width)
        time.sleep(0.3)
        wide = driver.execute_script("return document.documentElement.scrollWidth")
        check(f"nothing is wider than a window of {width}", wide <= width, wide)
    view(1400)


def accessible(name):
    """axe-core: rules for names, roles, contrast, landmarks and the keyboard."""
    if not axe:
        return
    # By the debugger's own way in, for the page's policy lets no other script run.
    driver.execute_cdp_cmd("Runtime.evaluate", {"expression": pathlib.Path(axe).read_text()})
    found = driver.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        "axe.run().then(all => done({version: axe.version, passes: all.passes.length, violations: all.violations.map("
        "one => one.id + ': ' + one.help + ' (' + one.nodes.length + ', ' + one.nodes[0].html.slice(0, 120) + ')')}))")
    check(f"axe-core {found['version']} finds nothing in {name}", not found["violations"],
          "; ".join(found["violations"]) or f"{found['passes']} rules passed")


def looks():
    """Screenshots, and the accessibility check in both colours and sizes."""
    pages = [("report", work / "seed-2" / "report.html"), ("both", work / "both.html"),
             ("earlier", work / "earlier" / "report.html")]
    for name, page in pages:
        for width, size in ((1400, "wide"), (390, "narrow")):
            for dark in (False, True):
                view(width, dark)
                driver.get(page.as_uri())
                time.sleep(0.3)
                accessible(f"{name}, {size}, {'dark' if dark else 'light'}")
                shot(f"{name}-{size}-{'dark' if dark else 'light'}", width, dark)
    view(1400)
    driver.get(pages[0][1].as_uri())
    pdf = driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": False})["data"]
    check("it prints", len(pdf) > 20_000, f"{len(pdf) * 3 // 4} bytes of PDF")
    if pictures:
        import base64
        pathlib.Path(pictures, "report.pdf").write_bytes(base64.b64decode(pdf))


# MARK: Several runs, and an earlier version's


def other_pages():
    view(1400)
    driver.get((work / "both.html").as_uri())
    names = texts("#curves .chart:first-child .legend button")
    check("two runs have a line each", len(names) == 2 and names[0].startswith("seed-2") and names[1].startswith("seed-3"), names)
    dashes = {one.get_attribute("stroke-dasharray") for one in
              driver.find_elements(By.CSS_SELECTOR, "#curves .chart:first-child path.line")}
    check("their lines differ in more than colour", len(dashes) >= 2, dashes)
    derived = [100 * lines(work / f"seed-{seed}", "epoch")[-1]["derived"]["accuracy"] for seed in (2, 3)]
    check("mean and deviation over the seeds are those of the metrics",
          f"{sum(derived) / 2:.2f} ± {abs(derived[0] - derived[1]) / 2 ** 0.5:.2f}" in text("#summary table tr:last-child"),
          text("#summary table tr:last-child"))
    check("the settings in which they differ are the seed alone", text("#origin > .scrolled tbody th") == "run.seed",
          text("#origin > .scrolled tbody th"))
    check("both runs' cells stand in columns", len(driver.find_elements(By.CSS_SELECTOR, "#cells .cells")) == 2)
    driver.get((work / "earlier" / "report.html").as_uri())
    check("an earlier version's run says that it has no probabilities", "an earlier version wrote them" in text("#alpha"))
    check("a truth table says where the cell stands", re.search(r"0\.\d{3}", text("#worth tbody")) is not None, text("#worth tbody"))


# MARK: Live


def live():
    """A search that goes on, as its folder is given out little by little: the page keeps up, and says when nobody answers."""
    view(1400)
    server = ServedRun(work / "seed-2")
    server.tell(epochs=1)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    driver.get(f"http://127.0.0.1:{server.server_port}/")
    check("a live page says so", until(lambda: "Live" in text(".state")), text(".state"))
    check("it has read the steps that there are", until(lambda: "running" == facts().get("state")), facts().get("step"))
    server.tell(epochs=3)
    check("it takes up what comes, by range", until(lambda: driver.find_element(By.ID, "epoch").get_attribute("max") == "3"),
          f"{len(server.ranges)} ranges, the last {server.ranges[-1:]}")
    asked = [int(one.removeprefix("bytes=").removesuffix("-")) for one in server.ranges]
    check("no byte is asked for twice", asked == sorted(asked) and asked[-1] > 0, asked[-1])
    button = driver.find_element(By.CSS_SELECTOR, "#curves .legend button")
    driver.execute_script("arguments[0].focus()", button)
    server.is_silent = True
    check("a coordinator that does not answer is said, with the time",
          until(lambda: re.search(r"out of reach since \d\d:\d\d:\d\d UTC", text(".state"))), text(".state"))
    shot("live-lost", 1400)
    server.is_silent = False
    check("and forgotten when it answers again", until(lambda: "Live" in text(".state")), text(".state"))
    check("the keyboard stays where it was", driver.switch_to.active_element == button)
    server.finish()
    check("the end of the run is said", until(lambda: "The run is over: finished" in text(".state")), text(".state"))
    count = len(server.ranges)
    figures_agree(work / "seed-2")
    heat_agrees(work / "seed-2", 3)
    time.sleep(3)
    check("a page of a run that is over asks no more", len(server.ranges) == count)
    shot("live-over", 1400)
    server.shutdown()


def coordinator():
    """The page that a real search serves, while it runs and when it is stopped."""
    view(1400)
    run, told = work / "served", work / "served.err"
    with told.open("w") as errors:
        search = subprocess.Popen(
            [snas, "local", "--workers", "2", "--threads", "1", "--run", run, "--http", "127.0.0.1:0", "--init_channels", "4",
             "--layers", "3", "--nodes", "2", "--batch_size", "120", "--shards", "4", "--epochs", "10000", "--warmup", "0",
             "--train_portion", "0.8", "--recalibration_images", "128"], stdout=subprocess.DEVNULL, stderr=errors)
    try:
        address = lambda: re.search(r"http://127\.0\.0\.1:\d+/", told.read_text())
        check("a search says where its pages are", until(address))
        check("they are there once the run has begun", until(lambda: (run / "metrics.jsonl").exists()))
        driver.get(address()[0])
        counts = "return [page.runs[0].steps.count, page.runs[0].epochs.length]"
        check("its page has steps and epochs", until(lambda: driver.execute_script(counts)[1] >= 1))
        steps, epochs = driver.execute_script(counts)
        check("more come by themselves", until(lambda: driver.execute_script(counts)[1] >= epochs + 2),
              f"{steps} steps, then {driver.execute_script(counts)[0]}")
        check("the cell's picture follows", until(lambda: "after epoch" in text("#cells figcaption")), text("#cells figcaption"))
        check("workers are listed and drawn", until(lambda: len(texts("#workers tbody tr")) == 2
              and len(texts("#workers .chart:not([hidden])")) >= 3), len(texts("#workers .chart:not([hidden])")))
        check("the page's steps are those of the file, each once",
              driver.execute_script("return page.runs[0].steps.step.every((step, place, all) => step === place)"))
        shot("coordinator", 1400)
    finally:
        search.terminate()
        search.wait(timeout=SECONDS)
    check("a search that was stopped is over or out of reach", until(lambda: re.search("is over|out of reach", text(".state"))),
          text(".state"))


try:
    one_run()
    other_pages()
    check("no script error on any report", not (seen := complaints()), seen or "")
    live()
    # A server that is silent on purpose leaves its own lines.
    seen = [line for line in complaints() if "Failed to load resource" not in line]
    check("no script error on the live page", not seen, seen or "")
    if part == "full":
        coordinator()
        looks()
finally:
    driver.quit()
print(f"{len(failures)} failed" if failures else "all as it should be")
sys.exit(1 if failures else 0)
