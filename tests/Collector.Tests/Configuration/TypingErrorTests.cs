using Collector.Configuration.Binding;
using Xunit;

namespace Collector.Tests.Configuration;

/// <summary>One error of a person's is one mistake, named where it is: nothing is said that only follows from it.</summary>
public sealed class TypingErrorTests
{
    private const string Source = "sources: [{type: file, name: f, path: '/x/*.log'}]\n";

    private const string Output = "outputs: [{store: {type: filesystem, path: /d}}]\n";

    [Theory]
    [InlineData("stroe: {type: filesystem, path: /d}", "outputs[0].stroe", "store")]
    [InlineData("sotre: {type: filesystem, path: /d}", "outputs[0].sotre", "store")]
    [InlineData("Store: {type: filesystem, path: /d}", "outputs[0].Store", "store")]
    [InlineData("store: {tpye: filesystem, path: /d}", "outputs[0].store.tpye", "type")]
    [InlineData("store: {type: filesystem, paht: /d}", "outputs[0].store.paht", "path")]
    [InlineData("store: {type: s3, bucekt: bbb}", "outputs[0].store.bucekt", "bucket")]
    [InlineData("store: {type: azureBlob, acount: mystorage, container: ccc}", "outputs[0].store.acount", "account")]
    [InlineData("store: {type: s3, bucket: bbb, authentication: {tpye: accessKey, accessKeyId: a, secretAccessKey: b}}", "outputs[0].store.authentication.tpye", "type")]
    [InlineData("store: {type: s3, bucket: bbb, authentication: {type: accessKey, accessKeyID: a, secretAccessKey: b}}", "outputs[0].store.authentication.accessKeyID", "accessKeyId")]
    [InlineData("store: {type: s3, bucket: bbb, autentication: {type: accessKey, accessKeyId: a, secretAccessKey: b}}", "outputs[0].store.autentication", "authentication")]
    public void A_key_that_is_misspelt_is_one_mistake_which_names_the_right_one(string output, string path, string meant)
    {
        var mistake = Assert.Single(Mistakes($"{Source}outputs: [{{{output}}}]\n"));

        Assert.Equal((path, "is not a known key", $"did you mean {meant}?"), (mistake.Path, mistake.Problem, mistake.Fix));
    }

    [Theory]
    [InlineData("soruces: [{type: file, name: f, path: '/x/*.log'}]\n" + Output, "soruces")]
    [InlineData("sources: [{tpye: file, name: f, path: '/x/*.log'}]\n" + Output, "sources[0].tpye")]
    [InlineData("sources: [{type: file, nmae: f, path: '/x/*.log'}]\n" + Output, "sources[0].nmae")]
    [InlineData("sources: [{type: file, name: f, path: '/x/*.log', parser: jsn, timeField: ts}]\n" + Output, "sources[0].parser")]
    [InlineData("sources: [{type: [file], name: a, path: '/var/**'}]\n" + Output, "sources[0].type")]
    [InlineData("sources: [{type: fil, name: a, path: '/var/**'}]\n" + Output, "sources[0].type")]
    [InlineData("sources: [{podLogs: x, path: '/var/**'}]\n" + Output, "sources[0].podLogs")]
    [InlineData(Source + "outputs: [{compression: gzp, compressionLevel: 20, store: {type: filesystem, path: /d}}]\n", "outputs[0].compression")]
    [InlineData(Source + "outputs: [{store: {type: filesytem, path: /d}}]\n", "outputs[0].store.type")]
    [InlineData(Source + "outputs: [{store: {type: s3, bucket: bbb, authentication: {type: accesskey, accessKeyId: a, secretAccessKey: b}}}]\n", "outputs[0].store.authentication.type")]
    [InlineData(Source + "outputs: [{store: {type: gcs, bucket: bbb, authentication: {type: Auto, allowNodeIdentity: true}}}]\n", "outputs[0].store.authentication.type")]
    [InlineData(Source + "outputs: [{store: {type: s3, bucket: bbb, kmsKeyId: k, serverSideEncrytion: 'aws:kms'}}]\n", "outputs[0].store.serverSideEncrytion")]
    public void What_follows_from_an_error_is_not_told(string yaml, string path) => Assert.Equal(path, Assert.Single(Mistakes(yaml)).Path);

    [Fact]
    public void What_is_wrong_below_a_misspelt_key_is_told_at_once()
    {
        Assert.Equal(["outputs[0].stroe", "outputs[0].stroe.tpye", "outputs[0].stroe.regoin"],
            Mistakes($"{Source}outputs: [{{stroe: {{tpye: s3, bucket: bbb, regoin: x}}}}]\n").Select(m => m.Path));
    }

    [Theory]
    [InlineData("sources:\n\t- type: file\n", 2)]
    [InlineData("sources:\n  - type: file\n\tname: f\n", 3)]
    [InlineData(Source + "outputs:\n\t- store: {type: filesystem, path: /d}\n", 3)]
    [InlineData(Source + "outputs:\n  - store:\n    \ttype: filesystem\n", 4)]
    [InlineData(Source + "\toutputs: []\n", 2)]
    public void A_tab_is_named_with_its_line(string yaml, int line)
    {
        var mistake = Assert.Single(Mistakes(yaml));

        Assert.Equal((line, "is not YAML: the line begins with a tab"), (mistake.Line, mistake.Problem));
    }

    [Fact]
    public void What_is_not_ended_is_told_where_it_begins() => Assert.Equal(2, Assert.Single(Mistakes("a: b\nsources: 'abc\n\n\n")).Line);

    [Theory]
    [InlineData("sources:\n  - name: a\n   type: file\n", 3, "give the keys of one mapping, and the items of one list, the same indentation")]
    [InlineData("a: b\n  c: d\n", 2, "give the keys of one mapping, and the items of one list, the same indentation")]
    [InlineData("  a: b\nc: d\n", 2, "give the keys of one mapping, and the items of one list, the same indentation")]
    [InlineData("sources:\n  - name: \"abc\n    type: file\n", 2, "close the quote that begins here")]
    [InlineData("sources: 'abc\n\n", 1, "close the quote that begins here")]
    [InlineData("a: []\n---\nb: c\n", 2, "keep one document, and remove the --- between them")]
    [InlineData("sources:\n  - name:a\n    type: file\n", 2, "write a blank after the colon, as in name: value")]
    [InlineData("a: b\nname:a\nc: d\n", 2, "write a blank after the colon, as in name: value")]
    [InlineData("a: {b: ${C}}\n", 1, "put quotes around ${…}: inside { } and [ ] its brace ends the value")]
    [InlineData("a: [b, c\nd: e\n", 1, "close each { and [, and put commas between the items")]
    [InlineData("a: \"\\q\"\n", 1, "write \\\\ for a backslash, or single quotes around the text")]
    [InlineData("a: b: c\n", 1, "put quotes around a value that has a colon and a blank in it")]
    [InlineData("a: @b\n", 1, "put quotes around a text that begins with @, ` or %")]
    [InlineData("a: - b\n", 1, "begin the list on a line of its own, below its key")]
    public void What_is_not_YAML_is_told_with_the_fix_of_that_mistake(string yaml, int line, string fix)
    {
        var mistake = Assert.Single(Mistakes(yaml));

        Assert.Equal((line, fix), (mistake.Line, mistake.Fix));
    }

    private static IReadOnlyList<Mistake> Mistakes(string yaml) => Yaml.Parse(yaml).Mistakes;
}
