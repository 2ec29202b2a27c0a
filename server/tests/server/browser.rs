use reqwest::{
    Response, StatusCode,
    header::{COOKIE, LOCATION, SET_COOKIE},
};

use crate::house::House;

/// A browser without scripts: it keeps its cookies, and follows where a form leads.
#[derive(Clone)]
pub struct Browser<'h> {
    house: &'h House,
    cookies: Vec<(String, String)>,
}

impl<'h> Browser<'h> {
    pub fn new(house: &'h House) -> Self {
        Self { house, cookies: Vec::new() }
    }

    pub async fn signed_in(house: &'h House, user_name: &str) -> Self {
        let mut browser = Self::new(house);
        browser.sign_in_as(user_name).await;
        browser
    }

    /// In the place of who is signed in.
    pub async fn sign_in_as(&mut self, user_name: &str) {
        let (_, cookie) = self.house.session(user_name).await;
        self.keep(&cookie);
    }

    fn keep(&mut self, cookie: &str) {
        let (name, value) = cookie.split(';').next().and_then(|cookie| cookie.split_once('=')).unwrap();
        self.cookies.retain(|(kept, _)| kept != name);
        if !value.is_empty() {
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }

    pub async fn send(&mut self, request: reqwest::RequestBuilder) -> Response {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header(COOKIE, cookies.join("; ")).send().await.unwrap();
        let set: Vec<_> =
            response.headers().get_all(SET_COOKIE).iter().map(|it| it.to_str().unwrap().to_owned()).collect();
        for cookie in set {
            self.keep(&cookie);
        }
        response
    }

    pub async fn get(&mut self, path: &str) -> (StatusCode, String) {
        let mut path = path.to_owned();
        loop {
            let response = self.send(self.house.get(&path)).await;
            match response.headers().get(LOCATION) {
                Some(location) => path = location.to_str().unwrap().to_owned(),
                None => return (response.status(), response.text().await.unwrap()),
            }
        }
    }

    /// Where the form leads, and the page there.
    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> (String, String) {
        let response = self.send(self.house.post_plainly(path, form)).await;
        let location = response.headers().get(LOCATION).map(|to| to.to_str().unwrap().to_owned());
        let location = location.unwrap_or_else(|| panic!("{path} leads nowhere: {}", response.status()));
        let (_, page) = self.get(&location).await;
        (location, page)
    }
}
