using Collector.Reading.Layout;
using Collector.Reading.Lines;
using Xunit;

namespace Collector.Reading.Tests.Catalog;

/// <summary>Lines of text do not say whose they are. What is asked of them is answered by keys and by the catalog (DESIGN.md, "Text").</summary>
public sealed class TextObjectsTests : TextReading
{
    [Theory]
    [InlineData("app=cart", "c0 c1")]
    [InlineData("app!=cart", "w0")]
    [InlineData("tier", "w0")]
    [InlineData("app=none", "")]
    public async Task Labels_are_those_of_the_catalog(string selector, string expected)
    {
        PutShop();

        Assert.Equal(expected, await ReadAsync(new Question { Namespace = "shop", Labels = Selector(selector), Lives = Lives.All }));
    }

    [Theory]
    [InlineData("Deployment", "cart", "c0 c1")]
    [InlineData("ReplicaSet", "cart-7d9f", "c0 c1")]
    [InlineData("Deployment", "web", "w0")]
    [InlineData("StatefulSet", "cart", "")]
    public async Task An_owner_is_that_of_the_catalog(string kind, string name, string expected)
    {
        PutShop();

        Assert.Equal(expected, await ReadAsync(new Question { Namespace = "shop", OwnerKind = kind, OwnerName = name, Lives = Lives.All }));
    }

    [Theory]
    [InlineData("stdout", "c0")]
    [InlineData("stderr", "c1")]
    public async Task A_stream_is_that_of_the_catalog_and_an_object_of_both_is_left_out(string stream, string expected)
    {
        PutShop();
        _told.Put(new Held("shop", "cart-7d9f-x", At(9), "both") { Streams = ["stdout", "stderr"] });

        Assert.Equal(expected, await ReadAsync(new Question { Namespace = "shop", Pod = "cart-7d9f-x", Stream = stream, Lives = Lives.All }));
        Assert.Equal(1, _findings.UndecidedText);
    }

    /// <summary>An object is shown as a whole, if its lines may be of the time.</summary>
    [Theory]
    [InlineData(null, null, "early late\nlater")]
    [InlineData(12, null, "late\nlater")]
    [InlineData(35, null, "late\nlater")]
    [InlineData(36, null, "")]
    [InlineData(null, 9, "early")]
    [InlineData(null, 30, "early late\nlater")]
    [InlineData(11, 29, "")]
    public async Task Times_are_those_of_the_catalog(int? since, int? until, string expected)
    {
        // Read a day after they were written: the time when an object was opened says nothing.
        _told.Put(new Held("shop", "cart-1", At(5), "early") { Last = At(10), Opened = At(5).AddDays(1) });
        _told.Put(new Held("shop", "cart-1", At(30), "late", "later") { Last = At(35), Opened = At(5).AddDays(1).AddSeconds(1) });

        var question = new Question { Namespace = "shop", Pod = "cart-1", Since = since is { } from ? At(from) : null, Until = until is { } to ? At(to) : null };
        Assert.Equal(expected, await ReadAsync(question, separator: ' ', lines: '\n'));
        Assert.Equal(expected.Length > 0 && (since ?? until) is not null, _findings.WithoutTime > 0);
    }

    [Fact]
    public async Task Without_a_catalog_the_times_are_those_of_opening_and_storing()
    {
        for (var i = 0; i < 6; i++)
            _told.Put(new Held("shop", "cart-1", At(60 * i), $"l{i}") { IsTold = false });

        Assert.Equal("l3 l4 l5", await ReadAsync(new Question { Namespace = "shop", Pod = "cart-1", Since = At(200) }));
        Assert.Equal("l0 l1 l2", await ReadAsync(new Question { Namespace = "shop", Pod = "cart-1", Until = At(130) }));
    }

    /// <summary>What was stored since a time is listed whenever its lines were written.</summary>
    [Fact]
    public async Task A_list_of_what_was_stored_does_not_ask_for_the_times_of_lines()
    {
        _told.Put(new Held("shop", "cart-1", At(0), "old") { Opened = At(0).AddDays(9) });
        _told.Put(new Held("shop", "cart-1", At(1), "older") { Opened = At(0).AddDays(9).AddSeconds(1) });
        _told.Tell();
        await using var logs = _told.Open(KeyLayout.Default);

        Assert.Equal(2, (await logs.PlanStoredAsync(new Question { Namespace = "shop" }, At(0).AddDays(9), CancellationToken.None)).Objects);
    }

    [Fact]
    public async Task A_pod_that_keys_do_not_name_is_found_and_objects_of_several_logs_are_left_out()
    {
        _told.Put(new Held("shop", "cart-1", At(0), "one"), Mixed);
        _told.Put(new Held("shop", "web-1", At(1), "two"), Mixed);
        _told.Put(new Held("shop", "cart-1", At(2), "both") { Others = ["pod:shop_web-1_u1/app"] }, Mixed);

        Assert.Equal("one", await ReadAsync(new Question { Namespace = "shop", Pod = "cart-1", Lives = Lives.All }, Mixed));
        Assert.Equal(1, _findings.UndecidedText);
        Assert.Equal("one", await TailAsync(new Question { Namespace = "shop", Pod = "cart-1" }, 3, Mixed));
        Assert.Equal("one two both", await ReadAsync(new Question { Lives = Lives.All }, Mixed));
        Assert.Equal(0, _findings.UndecidedText);
    }

    /// <summary>The agent may read a pod's first lines before it knows the pod.</summary>
    [Fact]
    public async Task Labels_that_were_known_later_count_for_the_whole_log()
    {
        _told.Put(new Held("shop", "cart-1", At(0), "before"));
        _told.Put(new Held("shop", "cart-1", At(1), "after") { Labels = """{"app":"cart"}""", Owner = "cart" });

        Assert.Equal("before after", await ReadAsync(new Question { Labels = Selector("app=cart") }));
        Assert.Equal("before after", await ReadAsync(new Question { OwnerKind = "Deployment", OwnerName = "cart" }));
    }

    [Fact]
    public async Task What_the_catalog_does_not_list_is_left_out_and_said()
    {
        _told.Put(new Held("shop", "cart-1", At(0), "told") { Labels = """{"app":"cart"}""" });
        _told.Put(new Held("shop", "cart-1", At(1), "not yet") { Labels = """{"app":"cart"}""", IsTold = false });

        Assert.Equal("told", await ReadAsync(new Question { Labels = Selector("app=cart") }));
        Assert.Equal(1, _findings.UndecidedText);
        var plan = await PlanAsync(new Question { Pod = "cart-1", Stream = "stdout", Lives = Lives.Previous }, KeyLayout.Default);
        Assert.Equal(("--stream, --previous", 1, 1), (plan.TextNeed!.Options, plan.TextNeed.Undecided, plan.TextNeed.Unlisted));
    }

    /// <summary>Nobody knows whether such a pod had labels: it is neither with nor without one.</summary>
    [Fact]
    public async Task Lines_of_a_pod_whose_metadata_was_never_known_are_left_out_where_labels_are_asked()
    {
        _told.Put(new Held("shop", "cart-1", At(0), "unknown") { HasKubernetes = false });
        _told.Put(new Held("shop", "cart-2", At(1), "known") { Labels = "{\"app\":\"cart\"}" });

        Assert.Equal("known", await ReadAsync(new Question { Labels = Selector("app=cart") }));
        Assert.Equal(1, _findings.UndecidedText);
        Assert.Equal("", await ReadAsync(new Question { Labels = Selector("app!=cart") }));
        Assert.Equal(1, _findings.UndecidedText);
    }

    [Theory]
    [InlineData(Default)]
    [InlineData(Mixed)]
    public async Task Two_pods_of_one_name_in_an_object_have_one_container(string layout)
    {
        _told.Put(new Held("shop", "db-0", At(0), "of both") { Others = ["pod:shop_db-0_u2/app"], Labels = "{\"app\":\"db\"}" }, layout);

        Assert.Equal("of both", await ReadAsync(new Question { Namespace = "shop", Pod = "db-0", Labels = Selector("app=db") }, layout));
        Assert.Equal("of both", await TailAsync(new Question { Namespace = "shop", Pod = "db-0", Lives = Lives.All }, 2, layout));
    }

    /// <summary>An object that was dropped without an answer may be in the store.</summary>
    [Fact]
    public async Task What_was_dropped_and_is_there_is_told_too()
    {
        _told.Put(new Held("shop", "cart-1", At(0), "there") { Dropped = "buffer_full_unconfirmed", Labels = "{\"app\":\"cart\"}" });

        Assert.Equal("there", await ReadAsync(new Question { Labels = Selector("app=cart") }));
    }

    /// <summary>A wrong label is no reason to refuse the question.</summary>
    [Fact]
    public async Task If_some_is_decided_the_question_is_answered()
    {
        _told.Put(new Held("shop", "cart-1", At(0), "told") { Labels = "{\"app\":\"cart\"}" });
        _told.Put(new Held("shop", "cart-1", At(1), "not yet") { IsTold = false });

        Assert.True((await PlanAsync(new Question { Labels = Selector("app=none") }, KeyLayout.Default)).HasDecided);
        Assert.False((await PlanAsync(new Question { Labels = Selector("app=none"), Since = At(1), Pod = "none" }, KeyLayout.Default)).HasDecided);
    }

    [Fact]
    public async Task A_catalog_that_cannot_be_read_is_said()
    {
        _told.Put(new Held("shop", "cart-1", At(0), "a"));
        _told.Tell();
        var key = _told.Store.Keys.Single(one => one.Contains("_catalog", StringComparison.Ordinal));
        _told.Store.Put(key, Objects.Body("{}"));
        await using var logs = _told.Open(KeyLayout.Default);

        var plan = await logs.PlanAsync(new Question { Labels = Selector("app=cart") }, lastOnly: false, CancellationToken.None);
        Assert.Equal($"{key} is no catalog object any more: its line 1 is not what the collector writes there", plan.TextNeed!.Trouble);
        Assert.Equal((1, 1), (plan.TextNeed.Undecided, plan.TextNeed.Unlisted));
    }

    /// <summary>Whoever follows learns that new objects cannot be shown.</summary>
    [Fact]
    public async Task New_objects_that_are_not_known_to_fit_are_counted()
    {
        await using var logs = _told.Open(KeyLayout.Default);
        var question = new Question { Namespace = "shop", Labels = Selector("app=cart") };
        var follower = logs.Follow(await logs.PlanAsync(question, lastOnly: false, CancellationToken.None), question);
        var now = new Testing.Time.ManualClock().GetUtcNow();
        _told.Put(new Held("shop", "cart-1", now, "new"));

        Assert.Equal(0, (await follower.NextAsync(CancellationToken.None))!.Objects);
        Assert.Equal(1, logs.Findings.UndecidedText);
    }

    /// <summary>Keys are enough: nothing else is asked, and new objects are known as well.</summary>
    [Fact]
    public async Task What_keys_say_needs_no_catalog()
    {
        const string Layout = """l/{.kubernetes.labels.app||"none"}/{.kubernetes.owner_kind||"none"}/{.kubernetes.owner_name||"none"}/{.stream||"none"}/""";
        _told.Put(new Held("shop", "cart-1", At(0), "cart") { Labels = """{"app":"cart"}""" }, "l/cart/Deployment/cart/stdout/");
        _told.Put(new Held("shop", "web-1", At(1), "web") { Labels = """{"app":"web"}""" }, "l/web/Deployment/web/stderr/");

        foreach (var question in (Question[])[new() { Labels = Selector("app=web") }, new() { OwnerKind = "Deployment", OwnerName = "web" }, new() { Stream = "stderr" }])
        {
            Assert.Equal("web", await ReadAsync(question with { Lives = Lives.All }, Layout));
            Assert.DoesNotContain(_told.Store.Requests, request => request.Contains("_catalog", StringComparison.Ordinal));
            Assert.Null((await PlanAsync(question, Layout)).TextNeed);
        }

        Assert.Equal("web", await ReadAsync(new Question { Labels = Selector("app!=cart"), Lives = Lives.All }, Layout));
    }

    /// <summary>The catalog is read for the times; that it knows no labels takes nothing from what keys say.</summary>
    [Fact]
    public async Task What_keys_say_counts_where_the_catalog_says_nothing()
    {
        const string Layout = "l/{.kubernetes.labels.app||\"none\"}/";
        _told.Put(new Held("shop", "cart-1", At(0), "a") { HasKubernetes = false }, "l/cart/");
        _told.Put(new Held("shop", "cart-1", At(60), "b") { HasKubernetes = false }, "l/cart/");

        Assert.Equal("b", await ReadAsync(new Question { Labels = Selector("app=cart"), Since = At(30) }, Layout));
        Assert.Equal(0, _findings.UndecidedText);
    }

    /// <summary>The same lines as records, which say all of it themselves, have the same answers.</summary>
    [Fact]
    public async Task Any_question_is_answered_as_for_records()
    {
        var answers = 0;
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            await using var texts = new TextObjectsTests();
            await using var records = new TextObjectsTests();
            var layout = random.Next(2) == 0 ? KeyLayout.Default : Mixed;
            int[] restarts = new int[6];
            for (var i = 0; i < 25; i++)
            {
                var pod = random.Next(6);
                restarts[pod] += random.Next(4) == 0 ? 1 : 0;
                var held = new Held(pod % 2 == 0 ? "shop" : "other", $"p{pod / 2}", At(i), [.. Enumerable.Range(0, 1 + random.Next(3)).Select(line => $"{i}.{line}")])
                {
                    Labels = $$"""{"app":"a{{pod % 3}}"}""",
                    Owner = $"o{pod % 3}",
                    Restart = restarts[pod],
                    Files = [$"{restarts[pod]}.log"],
                    Streams = [random.Next(3) == 0 ? "stderr" : "stdout"],
                    Last = At(i),
                };
                texts._told.Put(held, layout);
                records._told.Put(held with { IsRecord = true }, layout);
            }

            for (var i = 0; i < 8; i++)
            {
                var question = new Question
                {
                    Namespace = random.Next(2) == 0 ? "shop" : null,
                    Pod = random.Next(3) switch { 0 => $"p{random.Next(3)}", 1 => "p*", _ => null },
                    Labels = random.Next(3) == 0 ? Selector(random.Next(2) == 0 ? $"app=a{random.Next(3)}" : "app!=a1") : LabelSelector.Any,
                    Stream = random.Next(4) == 0 ? "stderr" : null,
                    Lives = (Lives)random.Next(3),
                    Since = random.Next(4) == 0 ? At(random.Next(25)) : null,
                    Until = random.Next(4) == 0 ? At(random.Next(25)) : null,
                };
                question = question.Pod is null && random.Next(3) == 0 ? question with { OwnerKind = "Deployment", OwnerName = $"o{random.Next(3)}" } : question;

                // Without a reason to ask the catalog, the run of a line of text stays unknown.
                var isAsked = layout == Mixed ? question.Namespace is not null || question.Pod is not null : question.Stream is not null;
                isAsked |= question.Labels.IsGiven || question.OwnerName is not null || question.Lives == Lives.Previous;
                question = isAsked ? question : question with { Lives = Lives.All };
                var expected = await records.ReadAsync(question, layout);
                Assert.Equal(expected, await texts.ReadAsync(question, layout));
                Assert.Equal(await records.TailAsync(question, 3, layout), await texts.TailAsync(question, 3, layout));
                answers += expected.Length > 0 ? 1 : 0;
            }
        }

        Assert.InRange(answers, 50, 160);
    }
}
