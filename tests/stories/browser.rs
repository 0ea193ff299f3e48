//! The pages, in a real browser: from the mail's link to the case.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;
use thirtyfour::prelude::*;

use crate::dsl::{Case, Person, World, skipped};

/// A driver of a headless browser, and the browser.
struct Browser {
    driver: WebDriver,
    process: Child,
}

impl Browser {
    /// `None` where it is not installed; says so.
    async fn start(story: &str) -> Option<Self> {
        let is_there = |program: &str| {
            Command::new(program)
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok()
        };
        if !is_there("chromium") || !is_there("chromedriver") {
            skipped(story, "needs chromium and chromedriver");
            return None;
        }
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let said = BufReader::new(process.stdout.take().unwrap());
        let mut lines = said.lines().map_while(Result::ok);
        let port = lines
            .find_map(|line| {
                let (_, port) = line.split_once("started successfully on port ")?;
                port.trim_end_matches('.').trim().parse::<u16>().ok()
            })
            .expect("chromedriver says its port");
        // Whatever else it says is read and dropped, so that it never blocks.
        std::thread::spawn(move || lines.for_each(drop));
        let mut wanted = DesiredCapabilities::chrome();
        for argument in
            ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        {
            wanted.add_arg(argument).unwrap();
        }
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted).await.unwrap();
        Some(Self { driver, process })
    }

    async fn open(&self, url: &str) {
        self.driver.goto(url).await.unwrap();
    }

    async fn element(&self, css: &str) -> WebElement {
        let query = self.driver.query(By::Css(css)).and_displayed();
        query.wait(Duration::from_secs(10), Duration::from_millis(30)).first().await.unwrap()
    }

    /// The text of an element, once it shows one.
    async fn text(&self, css: &str) -> String {
        for _ in 0..300 {
            let text = self.element(css).await.text().await.unwrap_or_default();
            if !text.is_empty() {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        panic!("`{css}` says nothing")
    }

    async fn click(&self, css: &str) {
        self.element(css).await.click().await.unwrap();
    }

    /// Says who one is, on the development sign-in page.
    async fn signs_in_as(&self, person: &Person) {
        let field = self.element("input#email").await;
        field.clear().await.unwrap();
        field.send_keys(person.address()).await.unwrap();
        self.element("input#name").await.send_keys(person.name()).await.unwrap();
        self.click("form button").await;
    }

    async fn quit(mut self) {
        drop(self.driver.quit().await);
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The link of the mail to Gus, with whom Ada has shared a case.
async fn invited(world: &World) -> (Person, Case, Person, String) {
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case_with(json!({ "title": "Phishing wave", "tlp": "green" })).await;
    ada.comments(&case, "<b>Bold</b> words").await;
    ada.share(&case, [gus.by_mail()], "viewer").await.is(201);
    let token = world.mail_to(gus.address()).await.token();
    let link = format!("{}/i#{token}", world.url());
    (ada, case, gus, link)
}

// B6, B7, S7, S9
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_mail_through_sign_up_to_the_case_and_out_again() {
    let story = "from_the_mail_through_sign_up_to_the_case_and_out_again";
    let Some(world) = World::with_pages(story).await else { return };
    let Some(browser) = Browser::start(story).await else { return };
    let (_, case, gus, link) = invited(&world).await;

    browser.open(&link).await;
    assert!(browser.text("#inviter").await.contains("ada"));
    assert!(browser.text("#what").await.contains("Phishing wave"));
    let address = browser.driver.current_url().await.unwrap();
    assert_eq!(address.fragment().unwrap_or_default(), "", "the token leaves the address bar");
    assert!(!gus.sees(&case).await, "a look accepts nothing");

    browser.click("#accept").await;
    browser.signs_in_as(&gus).await;

    assert_eq!(browser.text("#case-title").await, "Phishing wave");
    assert!(gus.sees(&case).await);
    let comments = browser.text("#comments").await;
    assert!(comments.contains("<b>Bold</b> words"), "shown as text: {comments}");

    browser.click("#leave").await;
    assert!(gus.sees(&case).await, "it asks first");
    browser.click("#leave-confirm").await;
    browser.text("#done-heading").await;
    assert!(!gus.sees(&case).await);
    browser.quit().await;
}

// S7, Edge: token with another address, Edge: token used twice
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_says_why_an_invitation_opens_nothing() {
    let story = "the_page_says_why_an_invitation_opens_nothing";
    let Some(world) = World::with_pages(story).await else { return };
    let Some(browser) = Browser::start(story).await else { return };
    let (_, case, gus, link) = invited(&world).await;
    let eve = world.person("eve");

    browser.open(&link).await;
    browser.text("#inviter").await;
    browser.click("#accept").await;
    browser.signs_in_as(&eve).await;
    assert!(browser.text("#error").await.contains("another address"));
    assert!(!eve.sees(&case).await);

    gus.accepts().await;
    browser.open("about:blank").await;
    browser.open(&link).await;
    assert!(browser.text("#error").await.contains("not open"));
    browser.quit().await;
}

// S6
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_is_declined_on_its_page() {
    let story = "an_invitation_is_declined_on_its_page";
    let Some(world) = World::with_pages(story).await else { return };
    let Some(browser) = Browser::start(story).await else { return };
    let (ada, case, gus, link) = invited(&world).await;

    browser.open(&link).await;
    browser.text("#inviter").await;
    browser.click("#decline").await;
    browser.click("#decline-confirm").await;
    browser.signs_in_as(&gus).await;

    browser.text("#done-heading").await;
    assert_eq!(ada.shares(&case).await[0]["state"], "declined");
    browser.quit().await;
}
