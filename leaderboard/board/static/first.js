// Before anything is drawn: that there is JavaScript. Stands in every page itself.
document.documentElement.classList.add("js");
