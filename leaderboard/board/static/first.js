// Stands in every page itself. That there is JavaScript; and the scripts, once the page was drawn: nobody can click
// before, and to fetch them beside it would hold it up.
document.documentElement.classList.add("js");
document.addEventListener("DOMContentLoaded", () => {
  const load = () => {
    for (const source of document.querySelector("meta[name=scripts]").content.split(" ")) {
      const script = document.createElement("script");
      script.src = source;
      script.async = false; // in their order
      document.head.append(script);
    }
  };
  // What is out of sight is not drawn.
  if (document.hidden) load();
  else requestAnimationFrame(() => setTimeout(load));
});
