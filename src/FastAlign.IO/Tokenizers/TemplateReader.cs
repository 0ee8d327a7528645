namespace FastAlign.IO.Tokenizers;

/// <summary>Reads the post-processor of <c>tokenizer.json</c>.</summary>
internal static class TemplateReader
{
    public static TokenTemplate Read(JsonPart part, Func<int, string?> tokenText)
    {
        switch (part.String("type"))
        {
            case "Sequence":
                return part.Get("processors").Items().Aggregate(TokenTemplate.Plain, (template, step) => Combine(template, Read(step, tokenText), step));
            case "ByteLevel":
                return new TokenTemplate { Trimmer = Trimmer(part, tokenText) };
            case "TemplateProcessing":
                return new TokenTemplate { Single = Pieces(part, "single"), Pair = Pieces(part, "pair") };
            case "RobertaProcessing":
                (int cls, int sep) = (Id(part.Get("cls")), Id(part.Get("sep")));
                return new TokenTemplate
                {
                    Single = [new(-1, cls, 0), new(0, 0, 0), new(-1, sep, 0)],
                    Pair = [new(-1, cls, 0), new(0, 0, 0), new(-1, sep, 0), new(-1, sep, 0), new(1, 0, 0), new(-1, sep, 0)],
                    Trimmer = Trimmer(part, tokenText),
                };
            default:
                throw part.Unsupported(part.String("type"));
        }
    }

    private static OffsetTrimmer? Trimmer(JsonPart part, Func<int, string?> tokenText) =>
        part.Flag("trim_offsets", true) ? new OffsetTrimmer(tokenText, part.Flag("add_prefix_space", true)) : null;

    // One step trims, one step places special tokens: that is all that a sequence is used for.
    private static TokenTemplate Combine(TokenTemplate first, TokenTemplate second, JsonPart step)
    {
        if ((first.Places && second.Places) || (first.Trimmer is not null && second.Trimmer is not null))
        {
            throw step.Unsupported("a second step of the same purpose");
        }

        TokenTemplate places = second.Places ? second : first;
        return new TokenTemplate { Single = places.Single, Pair = places.Pair, Trimmer = first.Trimmer ?? second.Trimmer };
    }

    private static List<TemplatePiece> Pieces(JsonPart part, string key)
    {
        var pieces = new List<TemplatePiece>();
        foreach (JsonPart item in part.Get(key).Items())
        {
            if (item.Find("Sequence") is { } sequence)
            {
                int index = sequence.String("id") switch { "A" => 0, "B" when key == "pair" => 1, _ => throw sequence.Bad("A, or in a pair B") };
                pieces.Add(new TemplatePiece(index, 0, sequence.Get("type_id").AsInt()));
            }
            else
            {
                JsonPart special = item.Get("SpecialToken");
                int typeId = special.Get("type_id").AsInt();
                JsonPart ids = part.Get("special_tokens").Get(special.String("id")).Get("ids");
                pieces.AddRange(ids.Items().Select(id => new TemplatePiece(-1, id.AsInt(), typeId)));
            }
        }

        return pieces;
    }

    // ["</s>", 2]
    private static int Id(JsonPart part) => part.Items().ToArray() is [_, var id] ? id.AsInt() : throw part.Bad("a token and its id");
}
